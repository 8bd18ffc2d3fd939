//! QR codes as inline SVG, so that they need no request and stay sharp at any size.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};
use qrcode::{Color, QrCode};

/// ISO/IEC 18004, 6.3.8: what has to stay white around the code.
const QUIET: usize = 4;

/// `None` if it is too long for a QR code. It has no name: whoever shows it gives it one.
pub fn svg(content: &str) -> Option<Markup> {
    let code = QrCode::new(content).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a string cannot fail.
            let _ = write!(
                path,
                "M{} {}h1v1h-1z",
                at % width + QUIET,
                at / width + QUIET
            );
        }
    }
    let size = width + 2 * QUIET;
    Some(html! {
        (PreEscaped(format!("<svg class=\"qr\" aria-hidden=\"true\" focusable=\"false\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path fill=\"#000\" d=\"")))
        (path)
        (PreEscaped("\"/></svg>"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_and_a_margin() {
        let svg = svg("THỬ NGHIỆM").unwrap().into_string();
        assert!(svg.contains("M4 4h1v1h-1z") && !svg.contains("M3 "));
        assert!(super::svg(&"x".repeat(8000)).is_none());
    }
}
