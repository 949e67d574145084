//! QR codes in a terminal.

use anyhow::Context as _;

/// A code of two rows to a line, dark on light, with the margin that readers need.
pub(crate) fn drawn(text: &str) -> anyhow::Result<String> {
    let code = qrcode::QrCode::new(text.as_bytes()).context("draw a QR code")?;
    let shape = code.render::<qrcode::render::unicode::Dense1x2>();
    Ok(shape.build() + "\n")
}
