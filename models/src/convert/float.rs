//! Half-precision numbers, bit by bit.
//!
//! Written out because conversion must give the same bytes on every processor.

/// IEEE 754 binary16 to binary32; every value is exact.
pub(super) fn f16_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits & 0x03ff);
    match (exponent, fraction) {
        (0, 0) => f32::from_bits(sign),
        (0, _) => {
            // A subnormal half is `fraction * 2^-24`, a normal single.
            let magnitude = fraction as f32 * 2f32.powi(-24);
            f32::from_bits(magnitude.to_bits() | sign)
        }
        (31, _) => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// IEEE 754 binary32 to binary16, to nearest, ties to even; too large becomes infinite.
pub(super) fn f32_to_f16(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    let magnitude = bits & 0x7fff_ffff;
    if magnitude > 0x7f80_0000 {
        return sign | 0x7e00 | (magnitude >> 13) as u16 & 0x03ff;
    }
    // 65520 is the midpoint between the largest half and the next power of two.
    if magnitude >= 0x477f_f000 {
        return sign | 0x7c00;
    }
    if magnitude >= 0x3880_0000 {
        let rebased = magnitude - (112 << 23);
        return sign | round_to_even(rebased, 13) as u16;
    }
    let exponent = magnitude >> 23;
    // Below half of the smallest subnormal, 2^-25, everything is zero.
    if exponent < 102 {
        return sign;
    }
    let fraction = magnitude & 0x007f_ffff | 0x0080_0000;
    sign | round_to_even(fraction, 126 - exponent) as u16
}

/// bfloat16 is the upper half of a binary32.
pub(super) fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

fn round_to_even(value: u32, drop: u32) -> u32 {
    let kept = value >> drop;
    let rest = value & ((1 << drop) - 1);
    let half = 1 << (drop - 1);
    kept + u32::from(rest > half || rest == half && kept & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_have_their_published_bits() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
        ] {
            assert_eq!(f16_to_f32(bits), value);
            assert_eq!(f32_to_f16(value), bits);
        }
        assert_eq!(f32_to_f16(65519.9), 0x7bff);
        assert_eq!(f32_to_f16(65520.0), 0x7c00);
        assert_eq!(bf16_to_f32(0x3fc0), 1.5);
    }

    #[test]
    fn every_half_survives_the_round_trip() {
        for bits in 0..=u16::MAX {
            let back = f32_to_f16(f16_to_f32(bits));
            if f16_to_f32(bits).is_nan() {
                assert!(f16_to_f32(back).is_nan());
            } else {
                assert_eq!(back, bits);
            }
        }
    }

    #[test]
    fn the_nearest_half_is_chosen_and_ties_go_to_even() {
        for bits in 0..0x7bff_u16 {
            let (low, high) = (f16_to_f32(bits), f16_to_f32(bits + 1));
            let middle = (low + high) / 2.0;
            let even = bits + (bits & 1);
            assert_eq!(f32_to_f16(middle), even, "{low} {high}");
            assert_eq!(f32_to_f16(middle.next_down()), bits);
            assert_eq!(f32_to_f16(middle.next_up()), bits + 1);
        }
    }
}
