//! One sync: what the phone wants to do and know, in one round trip, and everything the answer
//! brings in one transaction with the cursor behind it.

use gandan_domain::{
    Problem,
    dossier::{IntentId, Receipt, receipt::ReceiptError},
    wire::{Command, Operation, OperationResult, SyncRequest, SyncResponse, What},
};
use http::Method;

use super::{
    Engine, Notification, Trouble, backoff,
    transport::{self, Call, bug},
};
use crate::store::{Lane, LaneAct, LaneEvent, Submitted, Synced};

impl Engine {
    /// Syncs, submitting `lane` if one is given: its files are all acknowledged. Answers whether
    /// there is more to fetch at once.
    ///
    /// One submission at a time: where an exchange fails as a whole, it is plain which lane it was.
    pub(super) async fn sync(&self, lane: Option<&Lane>) -> Result<bool, Trouble> {
        let now = self.transport.now();
        let mut prefill = Vec::new();
        for (procedure, not_before) in self.store.wanted_prefill()? {
            if not_before.is_none_or(|at| backoff::is_due(at, now)) {
                prefill.push(procedure);
            }
        }
        let cursor = self.store.cursor()?;
        // Marks never travel with an act: a backend that knows no marks must not refuse it.
        let reads = match lane {
            Some(_) => Vec::new(),
            None => self.store.pending_reads()?,
        };
        let marks = reads.iter().map(|(intent, upto)| Operation {
            key: self.ports.world.random.uuid(now),
            command: Command::Read {
                intent: *intent,
                upto: *upto,
            },
        });
        let request = SyncRequest {
            cursor,
            operations: lane.map(submission).into_iter().chain(marks).collect(),
            prefill: prefill.clone(),
            content: self
                .shared()
                .content
                .in_use
                .as_ref()
                .map(|pack| pack.serial),
        };
        // A refresh that fails leaves nothing in doubt.
        self.session().await?;
        if let Some(lane) = lane {
            // From here on it may have arrived; that has to be on disk before it can have.
            if !self.store.lane_moves(lane, LaneEvent::Submitting)? {
                return Ok(false);
            }
            self.tell(Notification::OutboxChanged {
                intent: lane.intent,
            });
        }
        let body = serde_json::to_vec(&request).map_err(|_| bug("sync"))?;
        let call = Call::new(Method::POST, "/v1/sync").body("application/json", body);
        let answer: SyncResponse = transport::json(&self.authorized(&call).await?)?;
        if !reads.is_empty() {
            self.store.reads_told(&reads)?;
        }
        self.take(lane, cursor, &prefill, answer).await
    }

    async fn take(
        &self,
        lane: Option<&Lane>,
        cursor: i64,
        asked: &[String],
        mut answer: SyncResponse,
    ) -> Result<bool, Trouble> {
        let submitted = match lane {
            None => None,
            Some(lane) => Some((lane.intent, self.outcome(lane, &mut answer).await?)),
        };
        let mut dossiers = Vec::new();
        answer.changes.sort_by_key(|change| change.seq);
        for change in answer.changes {
            match change.what {
                What::Dossier { dossier } if change.seq > cursor => dossiers.push(dossier),
                What::Dossier { .. } | What::Unknown => {}
            }
        }
        // Only what was asked for: nothing else has a place on this phone.
        answer
            .prefill
            .retain(|procedure, _| asked.contains(procedure));
        let old_form = |submitted: &Submitted| {
            let problem = match submitted {
                Submitted::Refused { problem, .. } => problem,
                _ => return false,
            };
            matches!(problem, Problem::FormChanged { .. })
        };
        if answer.content.is_some() || submitted.as_ref().is_some_and(|(_, it)| old_form(it)) {
            self.shared().content.hint = true;
        }
        let moved: Vec<IntentId> = dossiers.iter().map(|dossier| dossier.intent).collect();
        let filled: Vec<String> = answer.prefill.keys().cloned().collect();
        let forward = answer.cursor > cursor;
        self.store.apply_sync(Synced {
            dossiers,
            cursor: answer.cursor.max(cursor),
            prefill: answer.prefill,
            submitted,
            told: Some(answer.now),
        })?;
        if let Some(lane) = lane {
            self.tell(Notification::OutboxChanged {
                intent: lane.intent,
            });
        }
        for intent in moved {
            self.tell(Notification::DossierChanged { intent });
        }
        for procedure in filled {
            self.tell(Notification::PrefillArrived { procedure });
        }
        // Without a step forward "more" would never end.
        Ok(answer.more && forward)
    }

    /// What became of the submission, as far as it is proved.
    async fn outcome(&self, lane: &Lane, answer: &mut SyncResponse) -> Result<Submitted, Trouble> {
        let tries = lane.progress.tries;
        let later = |problem: &Problem| self.later(tries, problem);
        let unproven = |problem: Problem| Submitted::Unproven {
            next_try: later(&problem),
            problem,
        };
        let mine = answer
            .answers
            .iter()
            .position(|answer| answer.key == lane.intent.0)
            .map(|at| answer.answers.swap_remove(at).result);
        match mine {
            // "Done" proves nothing of a dossier.
            None | Some(OperationResult::Done) => Ok(unproven(bug("no-answer"))),
            Some(OperationResult::Problem { problem }) => {
                let problem = Problem::from(problem);
                Ok(Submitted::Refused {
                    next_try: later(&problem),
                    problem,
                })
            }
            Some(OperationResult::Accepted { receipt }) => {
                let verify = || {
                    Receipt::verify(
                        &receipt,
                        &self.keys.current(),
                        lane.intent,
                        lane.jws.expose(),
                        &lane.files,
                    )
                };
                let mut verdict = verify();
                if let (Ok(proof), Some((_, code))) = (&verdict, lane.act.of())
                    && proof.receipt().dossier != *code
                {
                    return Ok(unproven(Problem::ReceiptRefused));
                }
                if verdict == Err(ReceiptError::UnknownKey) {
                    // The key set may be older than the key.
                    match self.fetch_keys().await {
                        Ok(()) => verdict = verify(),
                        Err(Trouble::Store(error)) => return Err(error.into()),
                        Err(Trouble::Problem(problem)) => return Ok(unproven(problem)),
                    }
                }
                Ok(match verdict {
                    Ok(proof) => Submitted::Received {
                        proof,
                        token: receipt,
                    },
                    Err(_) => unproven(Problem::ReceiptRefused),
                })
            }
        }
    }

    pub(super) async fn fetch_keys(&self) -> Result<(), Trouble> {
        let call = Call::new(Method::GET, "/v1/keys");
        let answer = self.transport.send(&call, None).await?;
        if !answer.status().is_success() {
            return Err(transport::problem(&answer).into());
        }
        if !transport::media_type_is(answer.headers(), "application/jose") {
            return Err(Problem::NotTheService.into());
        }
        let token = std::str::from_utf8(answer.body()).unwrap_or_default();
        Ok(self.keys.offer(&self.store, token)?)
    }
}

fn submission(lane: &Lane) -> Operation {
    let jws = lane.jws.expose().clone();
    Operation {
        key: lane.intent.0,
        command: match lane.act {
            LaneAct::File => Command::Submit { intent: jws },
            LaneAct::Supplement { .. } => Command::Supplement { supplement: jws },
            LaneAct::Withdraw { .. } => Command::Withdraw { withdrawal: jws },
        },
    }
}
