//! Fluent messages in every language that is installed, with marked fallback to Vietnamese.
