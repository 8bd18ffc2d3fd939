//! S20 in all that can happen to word of money: late, twice, forged, of another sum, out of order,
//! never. One charge, one receipt, and nothing believed that whoever holds the money did not say.

use std::sync::Arc;

use gandan_core::screen::{Request, Screen};
use gandan_domain::payment::Method;
use gandan_sandbox::{
    Mode, PartFaults,
    browser::{self, Paying},
};
use gandan_tests::{
    person::{self, Linking, Person, act, notices, offers},
    sim::{
        driver::{Driver, scenario},
        world::{REDIRECT, World},
    },
};

use crate::scenarios::{DAY, HOUR, MINUTE, books, wait};

const FEE: i64 = 16_000;

fn part(world: &World, method: Method) -> PartFaults<'_> {
    match method {
        Method::Vnpay => world.sandbox.vnpay(),
        Method::Vietqr | Method::Cash => world.sandbox.bank(),
    }
}

/// At the fee of what she has filed.
async fn at_the_fee(world: &Arc<World>, method: Method) -> Result<Driver, String> {
    let mother = Person::new(person::two_extracts(), Linking::First, "vi");
    let mut phone = Driver::open(world, mother)?;
    phone.person.pays = Some(method);
    phone
        .until("comes to the fee", HOUR, |screen| screen.id == "fee")
        .await?;
    Ok(phone)
}

fn is_paid(screen: &Screen) -> bool {
    screen.id == "fee" && screen.blocks.iter().any(|block| block.key == "receipt")
}

/// She pays while word of it goes as `mode` says: paid once, and once for ever.
fn told(seed: u64, method: Method, mode: Mode) {
    scenario(seed, 72, |world| async move {
        let mut phone = at_the_fee(&world, method).await?;
        part(&world, method)
            .does(mode, Some(2 * 3_600_000))
            .map_err(|error| error.to_string())?;
        phone.until("pays", 4 * HOUR, is_paid).await?;
        assert_eq!(books(&world).await, (1, FEE, FEE), "{method:?} {mode:?}");
        world.clock.sleep_ms(DAY).await;
        assert_eq!(books(&world).await, (1, FEE, FEE), "{method:?} {mode:?}");
        assert_eq!(world.sandbox.captures().len(), 1, "{method:?} {mode:?}");
        assert!(is_paid(&phone.core.screen()));
        assert!(!world.sandbox.has_news(), "everything has been told");
        Ok(())
    })
    .unwrap();
}

#[test]
fn s20_told_twice() {
    told(201, Method::Vnpay, Mode::RepeatCallbacks);
    told(202, Method::Vietqr, Mode::RepeatCallbacks);
}

#[test]
fn s20_forged() {
    told(203, Method::Vnpay, Mode::ForgeCallbacks);
    told(204, Method::Vietqr, Mode::ForgeCallbacks);
}

#[test]
fn s20_another_sum_or_account() {
    told(205, Method::Vnpay, Mode::WrongAmount);
    told(206, Method::Vietqr, Mode::WrongAmount);
}

#[test]
fn s20_told_late_or_never() {
    told(207, Method::Vietqr, Mode::LateCallbacks);
    told(208, Method::Vnpay, Mode::LoseCallbacks);
}

/// The first order is cancelled, and word of that comes after word of the second, which is paid.
#[test]
fn s20_told_out_of_order() {
    scenario(209, 72, |world| async move {
        let mut phone = at_the_fee(&world, Method::Vnpay).await?;
        let vnpay = || world.sandbox.vnpay();
        let late = Some(30 * 60_000);
        vnpay()
            .does(Mode::LateCallbacks, late)
            .map_err(|error| error.to_string())?;
        phone.send(act("pay/vnpay")).await;
        wait(&world, &phone, "the order", HOUR, |screen| {
            offers(screen, "open-browser")
        })
        .await?;
        let Some(Request::OpenBrowser { url }) = phone.core.send(act("open-browser")).request
        else {
            return Err("no page to open".into());
        };
        browser::pay(&*world.browser(), &url, REDIRECT, Paying::Cancel)
            .await
            .map_err(|error| error.to_string())?;
        // She does not come back; the gateway is asked, and says that no money moved.
        wait(
            &world,
            &phone,
            "is told that nothing was paid",
            HOUR,
            |screen| {
                notices(screen).contains("không có khoản tiền nào được trừ")
                    && offers(screen, "pay/vnpay")
            },
        )
        .await?;
        vnpay()
            .does(Mode::ReorderCallbacks, None)
            .map_err(|error| error.to_string())?;
        phone.until("pays", HOUR, is_paid).await?;
        assert_eq!(books(&world).await, (1, FEE, FEE));
        world.clock.sleep_ms(HOUR).await;
        assert!(!world.sandbox.has_news(), "the cancellation came last");
        assert_eq!(books(&world).await, (1, FEE, FEE));
        assert_eq!(world.sandbox.captures().len(), 1);
        assert!(is_paid(&phone.core.screen()));
        Ok(())
    })
    .unwrap();
}

/// Somebody transfers half of it under her reference: it is owed back, pays nothing, and does not
/// make her pay twice.
#[test]
fn s20_too_little_from_somebody_else() {
    scenario(210, 72, |world| async move {
        let phone = at_the_fee(&world, Method::Vietqr).await?;
        let code = |screen: &Screen| {
            screen.blocks.iter().find_map(|block| match &block.kind {
                gandan_core::screen::BlockKind::Code { qr, .. } => qr.clone(),
                _ => None,
            })
        };
        phone.send(act("pay/vietqr")).await;
        let shown = wait(&world, &phone, "the code", HOUR, |screen| {
            code(screen).is_some()
        })
        .await?;
        // Hers is on its way for an hour, and the other is told at once.
        world
            .sandbox
            .bank()
            .does(Mode::LateCallbacks, Some(3_600_000))
            .map_err(|error| error.to_string())?;
        let qr = code(&shown).unwrap_or_default();
        let bank = |vnd| {
            let made = world.sandbox.transfer(&qr, vnd, None);
            made.map_err(|error| error.to_string())
        };
        bank(None)?;
        world
            .sandbox
            .bank()
            .is_well()
            .map_err(|error| error.to_string())?;
        bank(Some(gandan_domain::payment::Vnd::new(8_000)))?;
        world.clock.sleep_ms(30 * MINUTE).await;
        let meanwhile = phone.core.screen();
        for pay in ["pay/vnpay", "pay/vietqr"] {
            assert!(!offers(&meanwhile, pay), "{pay} while hers is unknown");
        }
        assert_eq!(books(&world).await, (1, 8_000, 0));
        let paid = wait(&world, &phone, "is paid", 2 * HOUR, is_paid).await?;
        assert_eq!(books(&world).await, (2, 24_000, FEE));
        assert!(
            notices(&paid).contains("8.000 đồng"),
            "what is owed is told"
        );
        Ok(())
    })
    .unwrap();
}

/// A paid dossier is asked back, and the office grants it: her money is owed to her, and she reads
/// so where she paid.
#[test]
fn a_paid_dossier_that_is_given_back_is_owed_back() {
    scenario(211, 24, |world| async move {
        let mut phone = at_the_fee(&world, Method::Vnpay).await?;
        phone.until("pays", HOUR, is_paid).await?;
        phone.person.wants_it_back = true;
        phone
            .until("asks for it back", HOUR, |screen| screen.id == "sent")
            .await?;
        phone.send(act("dossier")).await;
        let code = world.sandbox.received()[0].0.to_string();
        let officer = world.sandbox.officer();
        while officer.grant_withdrawal(&code).await.is_err() {
            world.clock.sleep_ms(MINUTE).await;
        }
        let owed = "cơ quan phải trả lại cho bạn 16.000 đồng";
        let dossier = wait(&world, &phone, "reads it on the dossier", HOUR, |screen| {
            notices(screen).contains(owed)
        })
        .await?;
        let fee = dossier
            .actions
            .iter()
            .find(|action| action.id.starts_with("fee/"))
            .map(|action| action.id.clone());
        phone.send(act(&fee.unwrap_or_default())).await;
        let fee = phone.core.screen();
        assert!(is_paid(&fee), "what happened stays true");
        assert!(notices(&fee).contains(owed), "{}", notices(&fee));
        assert!(!offers(&fee, "pay/vnpay"));
        assert_eq!(books(&world).await, (1, FEE, 0));
        Ok(())
    })
    .unwrap();
}
