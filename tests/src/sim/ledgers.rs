//! When all is over: what lies on both disks, in the books, on the desk and at the bank, held
//! against what passed on the wire.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gandan_backend::storage::Storage;
use gandan_domain::{dossier::DossierCode, payment::Vnd};

use super::{
    plot::{FEE_VND, Kind, Plot},
    witness::Act,
    world::World,
};
use crate::{
    person,
    scan::{Needle, photo_needles},
};

/// What the person did that no machine knows.
#[derive(Clone, Debug, Default)]
pub struct Deeds {
    /// The bank's numbers of her transfers.
    pub transfers: Vec<String>,
    /// She took back what she had signed, and confirmed the right answer.
    pub mended: bool,
    /// What she typed, in the end.
    pub answers: BTreeMap<String, String>,
}

/// Everything that was promised is kept, once, on all sides.
pub async fn ledgers(world: &Arc<World>, plot: &Plot, deeds: &Deeds) -> Vec<String> {
    let mut breaches = acts(world, plot, deeds);
    breaches.extend(filed(world).await);
    if plot.pays.is_some() {
        breaches.extend(money(world, plot, deeds).await);
    }
    breaches
}

/// Each act is sent in one wording, and accepted once, with the dossier's one code.
fn acts(world: &World, plot: &Plot, deeds: &Deeds) -> Vec<String> {
    let mut breaches = Vec::new();
    let witness = &world.network.witness;
    for (act, id, tokens) in witness.sent() {
        if tokens > 1 {
            breaches.push(format!(
                "I2: {act:?} {id} was sent in {tokens} wordings; what is taken back is never sent"
            ));
        }
    }
    let mut codes: BTreeSet<DossierCode> = BTreeSet::new();
    for act in [Act::File, Act::Supplement, Act::Withdraw] {
        for (id, promised) in witness.promised(act) {
            if promised.len() > 1 {
                breaches.push(format!(
                    "I2: {act:?} {id} was promised {} codes",
                    promised.len()
                ));
            }
            codes.extend(promised);
        }
    }
    if codes.len() > 1 {
        breaches.push(format!("I2: one wish, and {} codes", codes.len()));
    }
    let filings = witness.promised(Act::File).len();
    if filings > 1 {
        breaches.push(format!("I2: {filings} intents of one wish were received"));
    }
    let mut answered = witness.supplements();
    answered.sort_unstable();
    let asked = match plot.kind {
        Kind::Supplement if plot.insists => vec![1, 2],
        Kind::Supplement => vec![1],
        _ => Vec::new(),
    };
    if answered != asked {
        breaches.push(format!(
            "I2: supplements {asked:?} were asked for, and {answered:?} accepted"
        ));
    }
    let withdrawals = witness.promised(Act::Withdraw).len();
    // Where the office goes on once she asks again; a request that comes to it twice may make the
    // second superfluous.
    let wanted = match plot.kind {
        Kind::Withdrawal => 1..=1 + usize::from(plot.insists),
        _ => 0..=0,
    };
    if !wanted.contains(&withdrawals) {
        breaches.push(format!(
            "I2: {withdrawals} withdrawals were accepted, not {wanted:?}"
        ));
    }
    if deeds.mended {
        let phone = deeds.answers.get("requester.phone").map(String::as_str);
        for answers in witness.filed() {
            if answers.text("requester.phone") != phone {
                breaches.push("I2: what she took back was filed".into());
            }
        }
    }
    breaches
}

async fn storage(world: &World) -> Option<Arc<dyn Storage>> {
    for _ in 0..120 {
        if let Some(storage) = world.storage() {
            return Some(storage);
        }
        world.clock.sleep_ms(10_000).await;
    }
    None
}

/// I2 and the other half of I3: what was promised is in the backend's tables and on the desk.
async fn filed(world: &World) -> Vec<String> {
    let mut breaches = Vec::new();
    let promised = world.network.witness.promised(Act::File);
    let intents: BTreeSet<String> = promised.keys().map(ToString::to_string).collect();
    let stored = match storage(world).await {
        Some(_) => world.stored_intents().await,
        None => Err("the backend does not run".into()),
    };
    match stored {
        Ok(stored) => {
            if stored.len() > 1 {
                breaches.push(format!("I2: the backend holds {} dossiers", stored.len()));
            }
            let stored: BTreeSet<String> = stored.into_iter().collect();
            for lost in intents.difference(&stored) {
                breaches.push(format!(
                    "I3: {lost} was promised, and the backend does not have it"
                ));
            }
        }
        Err(error) => breaches.push(format!("the backend's ledger: {error}")),
    }
    let promised: BTreeSet<String> = promised
        .into_values()
        .flatten()
        .map(|code| code.to_string())
        .collect();
    let desk: BTreeSet<String> = world
        .sandbox
        .received()
        .into_iter()
        .map(|(code, _)| code.to_string())
        .collect();
    if desk.len() > 1 {
        breaches.push(format!("I2: the desk holds {} dossiers", desk.len()));
    }
    for lost in promised.difference(&desk) {
        breaches.push(format!(
            "I2: {lost} was promised, and never came to the desk"
        ));
    }
    breaches
}

/// A sum, by who holds it and under which number.
type Sum = (String, String, i64);

/// The backend's books.
#[derive(Default)]
struct Books {
    /// What came in, what of it settles a fee, and which.
    credits: Vec<(Sum, i64, String)>,
    /// Id, sum, paid.
    fees: Vec<(String, i64, bool)>,
    /// Orders of which nobody has said what became of them.
    unknown: i64,
}

impl Books {
    async fn read(storage: &dyn Storage) -> Result<Self, String> {
        storage
            .read(|reader| {
                Box::pin(async move {
                    let rows = reader
                        .query(
                            "SELECT method, number, vnd, settles, fee FROM credit
                             ORDER BY method, number",
                            &[],
                        )
                        .await?;
                    let mut books = Self::default();
                    for row in rows {
                        let sum = (row.get(0)?, row.get(1)?, row.get(2)?);
                        books.credits.push((sum, row.get(3)?, row.get(4)?));
                    }
                    for row in reader
                        .query("SELECT id, vnd, paid FROM fee ORDER BY id", &[])
                        .await?
                    {
                        books.fees.push((row.get(0)?, row.get(1)?, row.get(2)?));
                    }
                    let open = reader
                        .query_opt(
                            "SELECT COUNT(*) FROM payment_order
                             WHERE state IN ('started', 'checking')",
                            &[],
                        )
                        .await?;
                    books.unknown = open.map_or(Ok(0), |row| row.get(0))?;
                    Ok(books)
                })
            })
            .await
            .map_err(|error| error.to_string())
    }
}

/// The longest that an order may stay unknown when nothing goes wrong any more: a transfer's day.
const UNKNOWN_MS: i64 = 30 * 3_600_000;

/// I4: at most one charge, money conserved, nothing unknown in the end.
async fn money(world: &World, plot: &Plot, deeds: &Deeds) -> Vec<String> {
    let limit = world.now().plus_ms(UNKNOWN_MS);
    let books = loop {
        let Some(storage) = storage(world).await else {
            return vec!["the backend's books: the backend does not run".into()];
        };
        let read = Books::read(&*storage).await;
        // She may have finished in the middle of a storm: whoever kept this while waiting would keep
        // the files of a backend that has died meanwhile.
        drop(storage);
        match read {
            Ok(books) if books.unknown == 0 && !world.sandbox.has_news() => break books,
            Ok(books) if world.now() > limit => {
                return vec![match books.unknown {
                    0 => "liveness: what the office or the bank tells is never taken".into(),
                    unknown => {
                        format!("I4: {unknown} orders are unknown, and nothing goes wrong any more")
                    }
                }];
            }
            Ok(_) => {}
            Err(error) => return vec![format!("the backend's books: {error}")],
        }
        world.clock.sleep_ms(600_000).await;
    };
    let mut breaches = Vec::new();
    let gateway_and_bank = world.sandbox.captures();
    let hers = gateway_and_bank
        .iter()
        .filter(|capture| capture.method == "vnpay" || deeds.transfers.contains(&capture.number));
    let charged = hers.clone().count();
    if charged > 1 {
        breaches.push(format!("I4: she was charged {charged} times for one fee"));
    }
    for capture in hers {
        if capture.vnd != Vnd::new(FEE_VND) {
            breaches.push(format!("I4: she was charged {}", capture.vnd.get()));
        }
    }
    breaches.extend(conserved(world, &books));
    breaches.extend(settled(plot, &books));
    let receipts: BTreeSet<String> = world
        .network
        .witness
        .payments()
        .into_iter()
        .map(|receipt| format!("{} {}", receipt.fee, receipt.reference))
        .collect();
    let fees: BTreeSet<&str> = receipts
        .iter()
        .filter_map(|it| it.split(' ').next())
        .collect();
    if receipts.len() > fees.len() {
        breaches.push("I4: one fee has two receipts".into());
    }
    breaches
}

/// Row by row: what they took is what the books say came in.
fn conserved(world: &World, books: &Books) -> Vec<String> {
    let gateway_and_bank = world.sandbox.captures();
    let cash = world.sandbox.cash();
    let taken: BTreeSet<Sum> = gateway_and_bank
        .iter()
        .chain(&cash)
        .map(|capture| {
            let vnd = i64::try_from(capture.vnd.get()).unwrap_or(i64::MAX);
            (capture.method.to_owned(), capture.number.clone(), vnd)
        })
        .collect();
    let entered: BTreeSet<Sum> = books
        .credits
        .iter()
        .map(|((method, number, vnd), ..)| {
            // Cash is numbered by the office and its receipt.
            let number = match (method.as_str(), number.split_once('/')) {
                ("cash", Some((_, receipt))) => receipt.to_owned(),
                _ => number.clone(),
            };
            (method.clone(), number, *vnd)
        })
        .collect();
    let mut breaches = Vec::new();
    for (method, number, vnd) in taken.difference(&entered) {
        breaches.push(format!(
            "I4: {method} took {vnd} đồng as {number}, and the books do not have it"
        ));
    }
    for (method, number, vnd) in entered.difference(&taken) {
        breaches.push(format!(
            "I4: the books have {vnd} đồng of {method} as {number}, which nobody took"
        ));
    }
    breaches
}

/// A fee is paid by one sum, whole, or by none.
fn settled(plot: &Plot, books: &Books) -> Vec<String> {
    let due = i64::try_from(FEE_VND).unwrap_or(i64::MAX);
    let mut breaches = Vec::new();
    for (id, vnd, paid) in &books.fees {
        let settling: Vec<i64> = books
            .credits
            .iter()
            .filter(|(_, settles, fee)| fee == id && *settles > 0)
            .map(|(_, settles, _)| *settles)
            .collect();
        if *vnd != due {
            breaches.push(format!("I4: {vnd} đồng is asked for"));
        }
        // What was given back is owed back.
        let keeps = *paid && plot.kind != Kind::Withdrawal;
        let expected: &[i64] = if keeps { &[due] } else { &[] };
        if settling != expected {
            breaches.push(format!("I4: a fee is paid: {paid}, by {settling:?}"));
        }
        if !*paid && plot.kind == Kind::Extract {
            breaches.push("I4: she has the receipt, and the books say unpaid".into());
        }
    }
    breaches
}

/// I6: no value of hers lies readable on either disk.
pub fn plaintext(world: &World, photo: &[u8], knowledge: &[person::Knowledge]) -> Vec<String> {
    let mut needles = photo_needles(photo);
    for known in knowledge {
        needles.extend(needles_of(known));
    }
    let mut breaches = Vec::new();
    for needle in &needles {
        for form in needle.forms() {
            for node in [&world.phone, &world.backend] {
                if let Some(path) = node.examine(|disk| disk.find(form)) {
                    let file = path.rsplit('/').next().unwrap_or_default();
                    breaches.push(format!(
                        "I6: {} lies in {:?}'s {file}",
                        needle.name, node.name
                    ));
                }
            }
        }
    }
    breaches
}

/// Every value of hers that is long enough to mean something when it is found.
pub fn needles_of(knowledge: &person::Knowledge) -> Vec<Needle> {
    // What the catalogue says in public: options and places are no secrets of hers.
    let public = [
        "case",
        "event",
        "father_known",
        "requester.relation",
        "office.commune",
        "child.sex",
    ];
    let own = knowledge.answers.iter().filter(|(field, _)| {
        !public.contains(&field.as_str())
            && !field.ends_with(".nationality")
            && !field.ends_with(".ethnicity")
    });
    own.filter_map(|(field, value)| Needle::text(field, value))
        .collect()
}
