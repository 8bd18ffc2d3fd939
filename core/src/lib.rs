//! What a phone does. A shell renders a [`screen::Screen`] and sends [`screen::Event`]s; nothing else.

pub mod screen;
