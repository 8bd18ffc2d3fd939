//! How far a citizen has read a dossier's history. It only grows, so repeating it does no harm and
//! needs no idempotency key; a step forward is a change, which tells the citizen's other phones.

use gandan_domain::{Problem, dossier::IntentId};

use crate::{
    app::Shared,
    dossier::{Dossier, add_change},
    identity::CitizenId,
    params,
};

pub async fn read(
    backend: &Shared,
    citizen: CitizenId,
    intent: IntentId,
    upto: u32,
) -> Result<(), Problem> {
    let now = backend.world.clock.now();
    let moved = backend
        .storage
        .write(move |tx| {
            Box::pin(async move {
                let dossier = Dossier::find_by_intent(tx, citizen, intent.0).await?;
                // No farther than there is anything to read.
                let moved = tx
                    .exec(
                        "UPDATE dossier SET read = $1 WHERE id = $2 AND read < $1 AND $1 <=
                             (SELECT COUNT(*) FROM dossier_history WHERE dossier = $2)",
                        &params![upto, dossier.id],
                    )
                    .await?;
                if moved == 1 {
                    add_change(tx, citizen, dossier.id, now).await?;
                }
                Ok(moved == 1)
            })
        })
        .await?;
    if moved {
        backend.news.tell(citizen);
    }
    Ok(())
}
