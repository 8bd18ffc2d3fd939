//! The process: command line, runtime, listening, and an orderly end.
