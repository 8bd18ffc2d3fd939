//! Files of a dossier, sent in resumable pieces.

pub mod tus;
