//! Charts as SVG, drawn on the server: they print, and need no script.

use std::fmt::Write as _;

use super::view::Chart;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 160.0;
/// Room for numbers above and names below.
const TOP: f64 = 18.0;
const BOTTOM: f64 = 22.0;

/// Bars, each with its value as a title; the first, the middle and the last named below.
pub(super) fn bars(chart: &Chart) -> String {
    let count = chart.bars.len().max(1) as f64;
    let most = chart.bars.iter().map(|bar| bar.1).fold(0.0, f64::max);
    let scale = if most > 0.0 {
        (HEIGHT - TOP - BOTTOM) / most
    } else {
        0.0
    };
    let step = WIDTH / count;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escaped(&chart.name)
    );
    let base = HEIGHT - BOTTOM;
    let _infallible = write!(
        svg,
        "<line class=\"axis\" x1=\"0\" y1=\"{base}\" x2=\"{WIDTH}\" y2=\"{base}\"/>\
         <text class=\"most\" x=\"0\" y=\"12\">{} {}</text>",
        most, chart.unit
    );
    for (index, (name, value)) in chart.bars.iter().enumerate() {
        let (left, height) = (index as f64 * step, value * scale);
        let (x, y, width) = (left + step * 0.1, base - height, step * 0.8);
        let _infallible = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\">\
             <title>{}: {value} {}</title></rect>",
            escaped(name),
            chart.unit
        );
        let last = chart.bars.len() - 1;
        let anchor = match index {
            0 => Some(("start", left)),
            _ if index == last => Some(("end", left + step)),
            _ if index == last / 2 && last > 3 => Some(("middle", left + step / 2.0)),
            _ => None,
        };
        if let Some((anchor, x)) = anchor {
            let _infallible = write!(
                svg,
                "<text text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{}\">{}</text>",
                HEIGHT - 6.0,
                escaped(name)
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_height_and_words_are_escaped() {
        let chart = Chart {
            name: "a & <b>".to_owned(),
            bars: vec![("one".to_owned(), 5.0), ("two".to_owned(), 10.0)],
            unit: "learners",
        };
        let svg = bars(&chart);
        assert!(svg.contains("height=\"120.0\""), "{svg}");
        assert!(svg.contains("height=\"60.0\""), "{svg}");
        assert!(svg.contains("aria-label=\"a &amp; &lt;b>\""), "{svg}");
    }
}
