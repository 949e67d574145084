//! The provisional evaluation of a sitting, from what was observed in it.

use curriculum::evaluation::{Background, Evaluation, Observed, evaluate};
use curriculum::id::LearnerId;
use curriculum::session::{Cause, Move, SessionEvent, SessionFact, Sessions, Step};

use super::fact::SittingFact;
use super::machine::Dialogue;
use super::state::Sitting;

impl Dialogue {
    /// Evaluates a sitting that is over. `left` says why it ended early, if it did.
    pub(super) fn evaluate(&mut self, sitting: &Sitting, left: Option<Cause>) {
        let (Some(learner), at) = (self.state.active, self.now) else {
            return;
        };
        let Some(observed) = self.observed(learner, sitting, left) else {
            return;
        };
        let Some(known) = self.learner() else { return };
        let began = sitting.attempts.first().map_or(at, |attempt| attempt.at);
        let background = |skill: &_| Background {
            days_away: known.model.skill(skill).and_then(|record| {
                let days = began.days_since(record.practised_at);
                (days >= 1.0).then(|| u16::try_from(days as i64).unwrap_or(u16::MAX))
            }),
            explained: false,
        };
        let evaluation = evaluate(&sitting.attempts, observed, background);
        let reason = reason(&evaluation, sitting);
        self.record(SittingFact::EvaluationMade {
            learner,
            session: sitting.session,
            proficiency: evaluation.proficiency.map(|proficiency| proficiency.value),
            investment: evaluation.investment.map(|investment| investment.value),
            reason,
            at,
        });
    }

    fn observed(
        &self,
        learner: LearnerId,
        sitting: &Sitting,
        left: Option<Cause>,
    ) -> Option<Observed> {
        let mut sessions = Sessions::default();
        let number = sitting.tally.put;
        let lesson = None;
        for event in [
            SessionEvent::Opened { learner, lesson },
            SessionEvent::Moved(Move::Start, Cause::Learner),
            SessionEvent::At(Step {
                number,
                question: None,
            }),
        ] {
            let fact = SessionFact {
                session: sitting.session,
                at: self.now,
                channel: self.line.channel,
                event,
            };
            sessions.apply(&fact).ok()?;
        }
        let session = sessions.session(sitting.session)?;
        let observed = Observed::of(&sitting.attempts, session, sitting.tally.unheard);
        Some(Observed {
            left,
            chose_more: sitting.tally.chose_more,
            ..observed
        })
    }
}

/// The observables in one line, for the teacher and for an appeal.
fn reason(evaluation: &Evaluation, sitting: &Sitting) -> String {
    let tally = &sitting.tally;
    let counts = format!(
        "asked {}, right {}, skipped {}, not heard {}",
        tally.put, tally.right, tally.skipped, tally.unheard
    );
    match (&evaluation.proficiency, &evaluation.investment) {
        (Some(proficiency), Some(investment)) => {
            let (help, seen) = (proficiency.help, &investment.observed);
            format!(
                "{counts}; alone {}, one hint {}, first step {}; missed {}, retried {}",
                help.alone, help.one_hint, help.first_step, seen.missed, seen.retried
            )
        }
        _ => counts,
    }
}
