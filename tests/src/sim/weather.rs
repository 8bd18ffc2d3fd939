//! What goes wrong around the person, and who works meanwhile: the network, the stand-ins' faults,
//! the officer.

use std::{cell::Cell, rc::Rc, sync::Arc};

use gandan_domain::{Private, dossier::Status, payment::Method, time::Instant};
use gandan_sandbox::one_stop::{DossierSummary, Flagged};

use super::{
    net::Weather,
    plot::{Kind, Plot},
    rng::Rng,
    world::World,
};

/// Makes weather until `until`, then fine for ever.
pub async fn weather(world: Arc<World>, mut rng: Rng, until: Instant, calm: bool) {
    let all_well = || {
        for part in [
            world.sandbox.vneid(),
            world.sandbox.population(),
            world.sandbox.one_stop(),
        ] {
            // A stand-in that could not store its own fault would fail the run anyway.
            let _ = part.is_well();
        }
    };
    while !calm && world.now() < until {
        // Signing in takes seven exchanges in a row: without spells of fine weather nobody would get
        // as far as the storms that matter.
        let fine = rng.chance(40);
        let bad = |rng: &mut Rng, most: u64| match !fine && rng.chance(50) {
            true => rng.below(most),
            false => 0,
        };
        world.network.set_weather(Weather {
            lost: bad(&mut rng, 30),
            answer_lost: bad(&mut rng, 50),
            twice: bad(&mut rng, 40),
            portal: bad(&mut rng, 15),
            delay_ms: i64::try_from(rng.magnitude(15_000)).unwrap_or(60),
        });
        world.network.set_online(fine || rng.chance(80));
        all_well();
        let part = match rng.below(3) {
            0 => world.sandbox.vneid(),
            1 => world.sandbox.population(),
            _ => world.sandbox.one_stop(),
        };
        let _ = match rng.below(8) {
            0 => part.is_down(),
            1 => part.answers_html(),
            2 => part.loses_answers(),
            3 => part.is_slow(20_000),
            4 => world.sandbox.one_stop().repeats_callbacks(),
            _ => part.is_well(),
        };
        world.clock.sleep_ms(rng.between(20_000, 180_000)).await;
    }
    world.network.set_weather(Weather::FINE);
    world.network.set_online(true);
    all_well();
    for node in [&world.phone, &world.backend] {
        node.clear_fuse();
    }
}

/// Looks at the desk now and then, and does with what lies there what the plot says.
pub async fn officer(world: Arc<World>, mut rng: Rng, plot: Plot, over: Rc<Cell<bool>>) {
    let mut work = Work::default();
    while !over.get() {
        world.clock.sleep_ms(rng.between(5_000, 60_000)).await;
        for dossier in world.sandbox.officer().dossiers() {
            let done = work.go_on(&world, &plot, &dossier, &mut rng).await;
            if let Some((act, status)) = done {
                world.trace.note(|| format!("the officer: {act}, {status}"));
            }
        }
    }
}

/// How far the officer is.
#[derive(Default)]
struct Work {
    asked: u32,
    went_on: bool,
    took_cash: bool,
}

impl Work {
    /// What was done, and the status that it led to; 0 where it could not be done just now.
    async fn go_on(
        &mut self,
        world: &World,
        plot: &Plot,
        dossier: &DossierSummary,
        rng: &mut Rng,
    ) -> Option<(&'static str, u8)> {
        let officer = world.sandbox.officer();
        let code = dossier.code.as_str();
        let at_counter = plot.pays == Some(Method::Cash) || plot.cash_too;
        if plot.pays.is_some() && at_counter && !self.took_cash && rng.chance(40) {
            let taken = officer.take_cash(code).await;
            self.took_cash = taken.is_ok();
            if let Ok(status) = taken {
                return Some(("takes cash", status.code()));
            }
        }
        let (act, done) = match (plot.kind, dossier.status) {
            (Kind::Supplement, Status::Registered | Status::Accepted) if self.asked == 0 => {
                let done = if dossier.status == Status::Registered && rng.chance(50) {
                    officer.accept(code).await
                } else {
                    self.ask(world, code, "child.full_name", "").await
                };
                ("looks at it", done)
            }
            (Kind::Supplement, Status::SupplementRequested) if dossier.supplemented => {
                let done = if plot.insists && self.asked == 1 {
                    let why = "Trích lục chưa khớp (THỬ NGHIỆM)";
                    self.ask(world, code, "child.birth_place", why).await
                } else {
                    officer.accept(code).await
                };
                ("reads the supplement", done)
            }
            (_, Status::Registered) => ("accepts", officer.accept(code).await),
            // It lies there until its citizen wants it back.
            (Kind::Withdrawal, Status::WithdrawalRequested) if plot.insists && !self.went_on => {
                let done = officer
                    .refuse_withdrawal(code, "Đã in giấy (THỬ NGHIỆM)")
                    .await;
                self.went_on = done.is_ok();
                ("goes on", done)
            }
            (Kind::Withdrawal, Status::WithdrawalRequested) => {
                ("gives it back", officer.grant_withdrawal(code).await)
            }
            (Kind::Withdrawal, _) => return None,
            (_, Status::Accepted | Status::InProgress) => ("finishes", officer.finish(code).await),
            _ => return None,
        };
        Some((act, done.map_or(0, Status::code)))
    }

    async fn ask(
        &mut self,
        world: &World,
        code: &str,
        field: &str,
        supervisor: &str,
    ) -> Result<Status, gandan_sandbox::Failure> {
        let flagged = vec![Flagged {
            field: field.into(),
            reason: Private::new("Chưa khớp với giấy chứng sinh (THỬ NGHIỆM)".into()),
        }];
        let officer = world.sandbox.officer();
        let done = officer.ask_supplement(code, flagged, supervisor).await;
        self.asked += u32::from(done.is_ok());
        done
    }
}
