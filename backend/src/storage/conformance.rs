//! What every driver must do, as one suite: run it against an empty, migrated storage.
