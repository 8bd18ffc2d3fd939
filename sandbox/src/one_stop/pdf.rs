//! The electronic result: a one-page PDF that says THỬ NGHIỆM and names its dossier.
//!
//! The two Vietnamese words are drawn as strokes and carry `ActualText` for ears and search. The
//! rejected way, a font with Vietnamese letters embedded, would put half a megabyte of somebody's
//! font into the repository for eleven letters.

use gandan_domain::dossier::DossierCode;
use pdf_writer::{
    Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr, types::LineCapStyle, types::LineJoinStyle,
};

/// Strokes on a grid 4 wide and 6 high; marks reach to 8 above and −2 below.
type Glyph = &'static [&'static [(f32, f32)]];

const T: Glyph = &[&[(0., 6.), (4., 6.)], &[(2., 6.), (2., 0.)]];
const H: Glyph = &[
    &[(0., 0.), (0., 6.)],
    &[(4., 0.), (4., 6.)],
    &[(0., 3.), (4., 3.)],
];
/// U with horn and hook above.
const U_HORN_HOOK: Glyph = &[
    &[(0., 6.), (0., 1.), (1., 0.), (3., 0.), (4., 1.), (4., 6.)],
    &[(4., 5.), (5., 5.5), (5., 6.8)],
    &[(1.5, 7.8), (2.5, 7.8), (2.5, 7.2), (2., 6.9), (2., 6.6)],
];
const N: Glyph = &[&[(0., 0.), (0., 6.), (4., 0.), (4., 6.)]];
const G: Glyph = &[&[
    (4., 5.),
    (3., 6.),
    (1., 6.),
    (0., 5.),
    (0., 1.),
    (1., 0.),
    (3., 0.),
    (4., 1.),
    (4., 3.),
    (2.5, 3.),
]];
const I: Glyph = &[&[(2., 0.), (2., 6.)]];
/// E with circumflex and dot below.
const E_CIRCUMFLEX_DOT: Glyph = &[
    &[(4., 6.), (0., 6.), (0., 0.), (4., 0.)],
    &[(0., 3.), (3., 3.)],
    &[(1., 6.8), (2., 7.8), (3., 6.8)],
    &[(2., -1.5), (2., -1.4)],
];
const M: Glyph = &[&[(0., 0.), (0., 6.), (2., 2.), (4., 6.), (4., 0.)]];

const WORDS: [&[Glyph]; 2] = [&[T, H, U_HORN_HOOK], &[N, G, H, I, E_CIRCUMFLEX_DOT, M]];

/// Bytes of the file. The same dossier always gives the same bytes.
pub(crate) fn result(code: &DossierCode, result_name: &str) -> Vec<u8> {
    let [catalog, tree, page, font, content] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree).lang(TextStr("vi-VN"));
    pdf.document_info(Ref::new(6)).title(TextStr(result_name));
    pdf.pages(tree).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet
        .media_box(Rect::new(0., 0., 595., 842.))
        .parent(tree)
        .contents(content);
    sheet.resources().fonts().pair(Name(b"F"), font);
    sheet.finish();
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    pdf.stream(content, &draw(code));
    pdf.finish()
}

fn draw(code: &DossierCode) -> Vec<u8> {
    let mut content = Content::new();
    let mut trial = content.begin_marked_content_with_properties(Name(b"Span"));
    trial.properties().actual_text(TextStr("THỬ NGHIỆM"));
    trial.finish();
    content
        .set_line_width(6.)
        .set_line_cap(LineCapStyle::RoundCap)
        .set_line_join(LineJoinStyle::RoundJoin);
    let (mut x, scale) = (60., 9.);
    for word in WORDS {
        for glyph in word {
            for stroke in *glyph {
                for (index, (at_x, at_y)) in stroke.iter().enumerate() {
                    let (to_x, to_y) = (x + at_x * scale, 640. + at_y * scale);
                    if index == 0 {
                        content.move_to(to_x, to_y);
                    } else {
                        content.line_to(to_x, to_y);
                    }
                }
                content.stroke();
            }
            x += 5.5 * scale;
        }
        x += 2. * scale;
    }
    content.end_marked_content();
    let lines = [
        "FOR TRIAL ONLY - without any legal value".to_owned(),
        format!("Dossier: {code}"),
    ];
    for (line, y) in lines.iter().zip([570., 545.]) {
        content
            .begin_text()
            .set_font(Name(b"F"), 14.)
            .set_text_matrix([1., 0., 0., 1., 60., y])
            .show(Str(line.as_bytes()))
            .end_text();
    }
    content.finish().to_vec()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn is_a_pdf_that_names_its_dossier_and_says_that_it_is_a_trial() {
        let code: DossierCode = "H99.08.01-261122-0001".parse().unwrap();
        let bytes = result(&code, "Trích lục khai sinh (THỬ NGHIỆM)");
        assert!(bytes.starts_with(b"%PDF-1.7"));
        assert!(bytes.ends_with(b"%%EOF"));
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        assert!(has(code.as_str().as_bytes()));
        let trial: Vec<u8> = "THỬ NGHIỆM"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert!(has(&trial) || has(b"ActualText"));
        assert_eq!(bytes, result(&code, "Trích lục khai sinh (THỬ NGHIỆM)"));
    }
}
