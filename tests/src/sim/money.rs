//! What goes wrong with money on its way to the books: those who hold it tell late, twice, out of
//! order or wrongly, the gateway falls silent after the debit, and strangers say what is not true.

use std::{cell::Cell, rc::Rc, sync::Arc};

use bytes::Bytes;
use gandan_domain::payment::{Method, Vnd, vietqr::Transfer};
use gandan_sandbox::{Mode, PartFaults, demo, ports::Http};

use super::{
    plot::Plot,
    rng::Rng,
    world::{BACKEND, World},
};

/// Those who hold money misbehave as the plot says; when all is over they have told everything.
pub async fn tellers(world: Arc<World>, plot: Plot, over: Rc<Cell<bool>>) {
    let does = |part: PartFaults<'_>, mode: Option<Mode>| {
        // A stand-in that could not store its own fault would fail the run anyway.
        let _ = match mode {
            Some(mode) => part.does(mode, Some(plot.late_ms)),
            None => part.is_well(),
        };
    };
    does(world.sandbox.vnpay(), plot.gateway);
    does(world.sandbox.bank(), plot.bank);
    while world.sandbox.captures().is_empty() {
        if over.get() {
            return;
        }
        world.clock.sleep_ms(2_000).await;
    }
    if plot.silence_ms > 0 {
        let _ = world.sandbox.vnpay().is_down();
        world.trace.note(|| "the gateway falls silent".into());
        world.clock.sleep_ms(plot.silence_ms).await;
    }
    let _ = world.sandbox.vnpay().is_well();
}

/// Strangers who have seen an order: they forge, replay, and transfer what nobody asked for.
pub async fn strangers(world: Arc<World>, mut rng: Rng, over: Rc<Cell<bool>>) {
    let mut transfers = 2;
    while !over.get() {
        let pause = rng.magnitude(3_600_000);
        world
            .clock
            .sleep_ms(i64::try_from(pause).unwrap_or(1_000))
            .await;
        let orders = world.network.witness.orders();
        let at = usize::try_from(rng.below(orders.len() as u64)).unwrap_or(0);
        let Some(order) = orders.get(at) else {
            continue;
        };
        let told = match rng.below(6) {
            0 => {
                let false_word = format!(
                    "vnp_Amount=1600000&vnp_ResponseCode=00&vnp_TmnCode={}&vnp_TransactionNo=1&\
                     vnp_TransactionStatus=00&vnp_TxnRef={}&vnp_SecureHash={}",
                    demo::VNPAY_TERMINAL,
                    order.reference,
                    "0".repeat(128)
                );
                let way = if rng.chance(50) { "ipn" } else { "return" };
                get(&world, &format!("/v1/payments/vnpay/{way}?{false_word}")).await
            }
            1 => match world.network.witness.ipns().pop() {
                Some(query) => get(&world, &format!("/v1/payments/vnpay/ipn?{query}")).await,
                None => continue,
            },
            2 => match world.network.witness.ipns().pop() {
                // What the gateway said of the capture, in the browser's way back.
                Some(query) => get(&world, &format!("/v1/payments/vnpay/return?{query}")).await,
                None => continue,
            },
            3 => match world.network.witness.notices().pop() {
                Some((headers, body)) => {
                    let mut request =
                        http::Request::post(format!("http://{BACKEND}/v1/webhooks/bank"));
                    if let Some(copied) = request.headers_mut() {
                        *copied = headers;
                    }
                    send(&world, request.body(body)).await
                }
                None => continue,
            },
            _ if transfers > 0 => {
                transfers -= 1;
                // Half of what is due under her reference, or what is due under nobody's. A memo
                // that names an order of the gateway's is nobody's.
                let (vnd, memo) = match rng.below(3) {
                    0 => (8_000, order.reference.clone()),
                    1 => (16_000, "GD000000000000".into()),
                    _ if order.method == Method::Vnpay => (16_000, order.reference.clone()),
                    _ => (1, String::from("tien hoc")),
                };
                transfer(&world, vnd, &memo)
            }
            _ => continue,
        };
        world.trace.note(|| format!("a stranger: {told}"));
    }
}

fn transfer(world: &World, vnd: u64, memo: &str) -> String {
    let code = Transfer {
        bin: demo::BANK_BIN.into(),
        account: demo::BANK_ACCOUNT.into(),
        amount: Some(Vnd::new(vnd)),
        memo: memo.into(),
    };
    let made = code
        .encode()
        .map_err(|error| error.to_string())
        .and_then(|qr| {
            let made = world.sandbox.transfer(&qr, None, None);
            made.map_err(|error| error.to_string())
        });
    match made {
        Ok(_) => format!("transfers {vnd} đồng"),
        Err(error) => format!("failed to {error}"),
    }
}

async fn get(world: &World, path: &str) -> String {
    let url = format!("http://{BACKEND}{path}");
    send(world, http::Request::get(url).body(Bytes::new())).await
}

async fn send(world: &World, request: http::Result<http::Request<Bytes>>) -> String {
    let Ok(request) = request else {
        return "no request".into();
    };
    let path = request.uri().path().to_owned();
    match world.browser().send(request).await {
        Ok(answer) => format!("{path}: {}", answer.status().as_u16()),
        Err(_) => format!("{path}: no answer"),
    }
}
