//! Playout: clips in order, one frame at a time. It has no clock: whoever asks for frames paces.

use std::collections::VecDeque;
use std::sync::Arc;

use models::audio::AudioFrame;

/// A rendered sentence. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Clip(Arc<[AudioFrame]>);

/// What is being said to one learner.
#[derive(Debug, Default)]
pub struct Playout {
    clips: VecDeque<Clip>,
    /// Frames of the first clip that were given out.
    at: usize,
    /// A last frame after a stop: cut speech clicks, faded speech does not.
    fading: Option<AudioFrame>,
}

impl Clip {
    pub fn new(frames: Vec<AudioFrame>) -> Self {
        Self(frames.into())
    }

    pub fn frames(&self) -> &[AudioFrame] {
        &self.0
    }
}

impl Playout {
    /// To be said after all that waits.
    pub fn push(&mut self, clip: Clip) {
        if !clip.0.is_empty() {
            self.clips.push_back(clip);
        }
    }

    /// The next frame, `None` in silence.
    pub fn next_frame(&mut self) -> Option<AudioFrame> {
        if let Some(frame) = self.fading.take() {
            return Some(frame);
        }
        let clip = self.clips.front()?;
        let frame = clip.0.get(self.at).copied();
        self.at += 1;
        if self.at >= clip.0.len() {
            self.clips.pop_front();
            self.at = 0;
        }
        frame
    }

    /// Stops at once, but for one frame that fades out. Gives back what was not said to its end,
    /// from the beginning of the sentence that was cut.
    pub fn stop(&mut self) -> Vec<Clip> {
        let next = self.clips.front().and_then(|clip| clip.0.get(self.at));
        self.fading = next.filter(|_| self.at > 0).map(faded);
        self.at = 0;
        self.clips.drain(..).collect()
    }

    pub fn is_silent(&self) -> bool {
        self.clips.is_empty() && self.fading.is_none()
    }
}

fn faded(frame: &AudioFrame) -> AudioFrame {
    let mut faded = *frame;
    let length = i32::try_from(AudioFrame::LEN).unwrap_or(i32::MAX);
    for (left, value) in (0..length).rev().zip(&mut faded.0) {
        // A sample times at most one, so it stays a sample.
        *value = (i32::from(*value) * left / length) as i16;
    }
    faded
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clip({} frames)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(value: i16, frames: usize) -> Clip {
        Clip::new(vec![AudioFrame([value; AudioFrame::LEN]); frames])
    }

    fn levels(playout: &mut Playout, count: usize) -> Vec<Option<i16>> {
        (0..count)
            .map(|_| playout.next_frame().map(|frame| frame.0[0]))
            .collect()
    }

    #[test]
    fn clips_follow_one_another_without_a_gap() {
        let mut playout = Playout::default();
        playout.push(clip(1, 2));
        playout.push(clip(9, 0));
        playout.push(clip(2, 1));
        assert_eq!(levels(&mut playout, 4), [Some(1), Some(1), Some(2), None]);
        assert!(playout.is_silent());
    }

    #[test]
    fn a_stop_fades_one_frame_and_gives_back_the_sentence_that_was_cut() {
        let mut playout = Playout::default();
        playout.push(clip(1_600, 5));
        playout.push(clip(7, 3));
        levels(&mut playout, 2);
        let left = playout.stop();
        assert_eq!(left, [clip(1_600, 5), clip(7, 3)]);
        let frame = playout.next_frame().unwrap();
        assert!(frame.0.windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!((frame.0[0], frame.0[159]), (1_590, 0));
        assert!(playout.next_frame().is_none());
    }

    #[test]
    fn what_has_not_begun_needs_no_fading() {
        let mut playout = Playout::default();
        playout.push(clip(5, 5));
        assert_eq!(playout.stop().len(), 1);
        assert!(playout.is_silent());
    }
}
