//! Signatures of VNPAY and codes of VietQR agree with what others make of the same, both ways.
//!
//! The others are npm's `vnpay` and `vietnam-qr-pay` and PyPI's `vietnam-qr-pay`, each in its own
//! language: random orders and transfers, with the letters that encoders like to disagree about.
//! What we sign, they believe, and not when a digit is changed; what they sign, we believe; the
//! same order is the same text. The list of banks in `content/` is theirs, line by line.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use gandan_domain::{
    payment::{
        Vnd,
        vietqr::Transfer,
        vnpay::{Order, Terminal},
    },
    time::Instant,
};
use serde_json::{Value, json};

const MANY: usize = 500;
const SECRET: &str = "a-secret-for-a-test-terminal-only";
const TERMINAL: &str = "TESTTMN1";
const PAGE: &str = "https://gateway.example/pay";
const ODD: [&str; 16] = [
    "a b",
    "+",
    "&",
    "=",
    "%",
    "%20",
    "é",
    "Đỗ Ƀlô",
    "~",
    "*",
    "'",
    "()",
    "!",
    "😀",
    "/?#",
    "\"<>\\",
];

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, of: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % of.max(1)
    }

    fn text(&mut self, of: &[u8], most: u64) -> String {
        let length = 1 + self.throw(most);
        (0..length)
            .map(|_| {
                let at = usize::try_from(self.throw(of.len() as u64)).unwrap_or_default();
                char::from(of.get(at).copied().unwrap_or(b'0'))
            })
            .collect()
    }

    fn odd(&mut self) -> String {
        (0..1 + self.throw(6))
            .filter_map(|_| ODD.get(usize::try_from(self.throw(16)).ok()?))
            .copied()
            .collect()
    }
}

/// `python`: where the packages of `requirements.txt` are.
pub fn run(root: &Path, python: &Path, seed: u64) -> io::Result<ExitCode> {
    let folder = root.join("tests/payment-peers");
    let terminal = Terminal::new(TERMINAL, SECRET);
    let mut dice = Dice(seed);
    let mut wrong = Vec::new();
    let orders = (0..MANY)
        .map(|_| order(&terminal, &mut dice))
        .collect::<io::Result<Vec<Value>>>()?;
    let transfers = (0..MANY)
        .map(|_| transfer(&mut dice))
        .collect::<io::Result<Vec<Value>>>()?;
    let question = json!({
        "secret": SECRET, "terminal": TERMINAL, "orders": orders, "transfers": transfers,
    });
    let npm = ask(
        Command::new("node").arg("peers.mjs").current_dir(&folder),
        &question,
    )?;
    let mut command = Command::new("python3");
    command
        .arg("peers.py")
        .current_dir(&folder)
        .env("PYTHONPATH", python);
    let pypi = ask(&mut command, &question)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let answers = list(&npm["orders"]);
    for (ours, theirs) in orders.iter().zip(&answers) {
        let query = |name: &str| theirs[name].as_str().unwrap_or_default().to_owned();
        let odd = terminal.verify_query(&query("odd"));
        let odd = odd.ok().and_then(|mut read| read.remove("vnp_OrderInfo"));
        let agree = theirs["believed"] == true
            && theirs["changed"] == false
            && ours["ours"] == query("same")
            && odd.as_deref() == ours["odd"]["vnp_OrderInfo"].as_str();
        if !agree {
            wrong.push(format!("order: ours {ours}, theirs {theirs}"));
        }
    }
    for (name, said) in [("npm", &npm), ("pypi", &pypi)] {
        let answers = list(&said["transfers"]);
        for (ours, theirs) in transfers.iter().zip(&answers) {
            let same = ["bin", "account", "amount", "memo"]
                .iter()
                .all(|part| ours[part] == theirs["read"][part]);
            let back = theirs["code"].as_str().map(Transfer::decode);
            let back =
                matches!(back, Some(Ok(back)) if shown(&back, "") == shown_without_code(ours));
            if !(same && back && theirs["valid"] == true && theirs["code"] == ours["code"]) {
                wrong.push(format!("{name}: ours {ours}, theirs {theirs}"));
            }
        }
        if answers.len() != MANY {
            wrong.push(format!("{name}: {} answers, not {MANY}", answers.len()));
        }
    }
    if answers.len() != MANY {
        wrong.push(format!("{} orders answered, not {MANY}", answers.len()));
    }
    // The package has two names for a bank that was renamed; ours is one of them.
    let banks: BTreeSet<(String, String)> = list(&npm["banks"])
        .iter()
        .filter_map(|bank| Some((bank[0].as_str()?.to_owned(), bank[1].as_str()?.to_owned())))
        .collect();
    let content = std::fs::read_to_string(root.join("content/banks.tsv"))?;
    let kept = content
        .lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1);
    let kept: BTreeSet<(String, String)> = kept
        .filter_map(|line| line.split_once('\t'))
        .map(|(bin, name)| (bin.to_owned(), name.to_owned()))
        .collect();
    let numbers = |banks: &BTreeSet<(String, String)>| -> BTreeSet<String> {
        banks.iter().map(|(number, _)| number.clone()).collect()
    };
    if !kept.is_subset(&banks) || numbers(&kept) != numbers(&banks) {
        wrong.push(format!("banks: ours {kept:?}, theirs {banks:?}"));
    }
    let mut out = io::stdout();
    for one in wrong.iter().take(5) {
        writeln!(out, "{one}")?;
    }
    writeln!(
        out,
        "{MANY} orders and {MANY} transfers (seed {seed}), {} banks: {} differences",
        kept.len(),
        wrong.len()
    )?;
    Ok(match wrong.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn order(terminal: &Terminal, dice: &mut Dice) -> io::Result<Value> {
    // VNPAY wants a text; one without any plain letter would be empty, and empty values are left out.
    let info = format!("Le phi {}", dice.odd());
    let reference = dice.text(b"ABCDEFXYZ0123456789", 20);
    let created =
        Instant(1_790_000_000_000 + i64::try_from(dice.throw(1 << 33)).unwrap_or_default());
    let order = Order {
        reference: &reference,
        amount: Vnd::new(1 + dice.throw(100_000_000)),
        info: &info,
        return_url: "https://gandan.example/back?to=a&b=c d",
        ip: "203.0.113.7",
        locale: if dice.throw(2) == 0 { "vn" } else { "en" },
        created,
        expires: Instant(created.0 + 900_000),
    };
    let url = terminal
        .payment_url(PAGE, &order)
        .map_err(io::Error::other)?;
    let ours = url.split_once('?').map_or("", |(_, query)| query);
    let params = terminal.verify_query(ours).map_err(io::Error::other)?;
    let mut changed: BTreeMap<&str, String> = params
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    changed.insert("vnp_Amount", "100".into());
    let forged = terminal.sign(&changed);
    let hash = |query: &str| {
        query
            .rsplit_once('=')
            .map_or(String::new(), |(_, hash)| hash.to_owned())
    };
    // The parameters of one order under the signature of another.
    let forged = forged.replace(&hash(&forged), &hash(ours));
    let mut odd = params.clone();
    odd.insert("vnp_OrderInfo".into(), info.clone());
    Ok(json!({ "ours": ours, "changed": forged, "params": params, "odd": odd }))
}

fn transfer(dice: &mut Dice) -> io::Result<Value> {
    let transfer = Transfer {
        bin: format!("{:06}", dice.throw(1_000_000)),
        account: dice.text(b"ABCXYZ0123456789", 18),
        amount: (dice.throw(4) > 0).then(|| Vnd::new(1 + dice.throw(1_000_000_000))),
        memo: match dice.throw(4) {
            0 => String::new(),
            _ => dice
                .text(b"ABCXYZabcxyz0123456789 .-:", 24)
                .trim()
                .to_owned(),
        },
    };
    let code = transfer.encode().map_err(io::Error::other)?;
    Ok(shown(&transfer, &code))
}

fn shown(transfer: &Transfer, code: &str) -> Value {
    json!({
        "bin": transfer.bin,
        "account": transfer.account,
        "amount": transfer.amount.map(|amount| amount.get().to_string()),
        "memo": Some(&transfer.memo).filter(|memo| !memo.is_empty()),
        "code": code,
    })
}

fn shown_without_code(shown: &Value) -> Value {
    let mut shown = shown.clone();
    shown["code"] = "".into();
    shown
}

fn ask(command: &mut Command, question: &Value) -> io::Result<Value> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(question.to_string().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    serde_json::from_slice(&output.stdout).map_err(io::Error::other)
}
