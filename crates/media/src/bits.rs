//! Bits of a parameter set, most significant first.

pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub fn new(bytes: &'a [u8]) -> Bits<'a> {
        Bits { bytes, at: 0 }
    }

    pub fn bit(&mut self) -> Option<u32> {
        let byte = *self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    /// Up to 32 bits.
    pub fn take(&mut self, count: u32) -> Option<u32> {
        (0..count.min(32)).try_fold(0u32, |value, _| Some(value << 1 | self.bit()?))
    }

    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    /// Unsigned Exp-Golomb.
    pub fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1u32 << zeros) - 1 + self.take(zeros)?)
    }

    /// Signed Exp-Golomb.
    pub fn signed_golomb(&mut self) -> Option<i32> {
        let code = i64::from(self.golomb()?);
        i32::try_from(if code % 2 == 0 { -(code / 2) } else { (code + 1) / 2 }).ok()
    }
}
