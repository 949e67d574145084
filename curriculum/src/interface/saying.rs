//! Every thing the tutor says outside lessons, with the holes its wording may fill.

macro_rules! sayings {
    ($($(#[$doc:meta])* $name:ident = $key:literal [$($hole:literal),*]),* $(,)?) => {
        /// One thing the tutor says; its wordings are in the interface files.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum Saying {
            $($(#[$doc])* #[serde(rename = $key)] $name),*
        }

        impl Saying {
            /// Every saying, in the order of the interface files.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its key in the interface files.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key),* }
            }

            /// The holes its wording may fill.
            pub fn holes(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($hole),*]),* }
            }
        }
    };
}

sayings! {
    /// One language of the first question, said in that language.
    LanguageOffer = "language_offer" ["n"],
    /// Who is speaking.
    Hello = "hello" ["tutor"],
    /// Asks the name.
    NameAsk = "name_ask" [],
    /// Says back the name that was heard.
    NameCheck = "name_check" ["name"],
    /// Asks the name once more.
    NameAgain = "name_again" [],
    /// Gives up on the name, kindly.
    NameLater = "name_later" ["name"],
    /// What a learner without a name is called.
    Friend = "friend" [],
    /// Asks the age.
    AgeAsk = "age_ask" ["name"],
    /// Asks the age once more, by key.
    AgeAgain = "age_again" [],
    /// Asks for a parent or guardian.
    ConsentGuardian = "consent_guardian" [],
    /// What is kept and why; asks the guardian.
    ConsentGuardianAsk = "consent_guardian_ask" [],
    /// What is kept and why; asks the learner.
    ConsentAsk = "consent_ask" [],
    /// Consent was given.
    ConsentThanks = "consent_thanks" ["name"],
    /// Consent was refused.
    ConsentNo = "consent_no" [],
    /// Several learners share the telephone.
    WhoAsk = "who_ask" [],
    /// The entry for a new learner.
    WhoNew = "who_new" [],
    /// One entry of any menu.
    OptionOffer = "option_offer" ["n", "what"],
    /// Greets a learner who comes back.
    HelloAgain = "hello_again" ["name"],
    /// One-line recap.
    Recap = "recap" ["skill"],
    /// Goes on in the middle of a lesson.
    ResumeHere = "resume_here" [],
    /// Before the placement questions.
    PlacementIntro = "placement_intro" [],
    /// A placement question that was not right: no fault, it will be taught.
    PlacementNotYet = "placement_not_yet" [],
    /// After the placement questions.
    PlacementDone = "placement_done" [],
    /// The main menu.
    Menu = "menu" [],
    /// Asks for a subject.
    SubjectAsk = "subject_ask" [],
    /// Name of a module.
    Mathematics = "mathematics" [],
    /// Name of a module.
    English = "english" [],
    /// Name of a module.
    Comprehension = "comprehension" [],
    /// Name of a module.
    Debate = "debate" [],
    /// Name of a module.
    General = "general" [],
    /// The entry for further options.
    More = "more" [],
    /// Nothing of this subject can be taught in this language.
    SubjectMissing = "subject_missing" ["what"],
    /// The switch of subject is done.
    SubjectNow = "subject_now" ["what"],
    /// A subject that it is time for again.
    SubjectTurn = "subject_turn" ["what"],
    /// What the sitting is about.
    Objective = "objective" ["skill"],
    /// What the sitting is about when all lessons are learnt.
    ObjectiveKeep = "objective_keep" [],
    /// Before an old item.
    OldIntro = "old_intro" [],
    /// Before a new step.
    NewIntro = "new_intro" [],
    /// Before a guided try.
    GuidedIntro = "guided_intro" [],
    /// Before a try alone.
    AloneIntro = "alone_intro" [],
    /// Before an easier question.
    WarmUpIntro = "warm_up_intro" [],
    /// What it helps to have first, before a warm-up.
    WarmUpFor = "warm_up_for" ["skill"],
    /// Back to the harder question.
    BackIntro = "back_intro" [],
    /// Before a harder question.
    ChallengeIntro = "challenge_intro" [],
    /// Before a question like one that went wrong.
    TwinIntro = "twin_intro" [],
    /// Before a story.
    StoryIntro = "story_intro" [],
    /// Before the next part of a story.
    StoryGoesOn = "story_goes_on" [],
    /// Before the other side's argument.
    CounterIntro = "counter_intro" [],
    /// After an argument.
    DebateDone = "debate_done" [],
    /// What was understood, before judging it.
    HeardBack = "heard_back" ["what"],
    /// What was understood, before saying that it is right.
    HeardRight = "heard_right" ["what"],
    /// Right.
    Praise = "praise" [],
    /// Right after an error.
    PraiseRetry = "praise_retry" [],
    /// Right with a hint.
    PraiseHint = "praise_hint" [],
    /// Several right in a row.
    PraiseStreak = "praise_streak" ["n"],
    /// Not right yet; never "wrong".
    NotYet = "not_yet" [],
    /// Words that do not agree.
    GrammarAgreement = "grammar_agreement" ["what"],
    /// A form that is not right yet.
    GrammarForm = "grammar_form" ["what"],
    /// Words in another order.
    GrammarOrder = "grammar_order" ["what"],
    /// High standard, belief and a way.
    WiseNotYet = "wise_not_yet" ["n"],
    /// Before telling how it goes.
    Tell = "tell" [],
    /// It will come again.
    TellLater = "tell_later" [],
    /// An open answer goes to be checked.
    Deferred = "deferred" [],
    /// The words were heard but are no answer to this.
    NoAnswer = "no_answer" [],
    /// Asks for another number of digits or a plain number.
    SayNumber = "say_number" [],
    /// Asks for one of the options.
    SayOption = "say_option" ["n"],
    /// Asks for the language being taught.
    SayInLanguage = "say_in_language" ["language"],
    /// Not heard well.
    Unclear = "unclear" [],
    /// Too much noise.
    Noise = "noise" [],
    /// No speech model for this language.
    NoModel = "no_model" [],
    /// No voice for the learner's language: said in another one.
    NoVoice = "no_voice" [],
    /// Doubt about what was heard: says it back and asks again.
    Doubt = "doubt" ["what"],
    /// By key: a number.
    KeysNumber = "keys_number" [],
    /// By key: an option.
    KeysOption = "keys_option" ["n"],
    /// By key: yes or no.
    KeysYesNo = "keys_yes_no" [],
    /// By key: nothing fits but help and skip.
    KeysOther = "keys_other" [],
    /// Time to think, once.
    TakeYourTime = "take_your_time" [],
    /// The reply is late.
    OneMoment = "one_moment" [],
    /// Somebody may have gone.
    StillThere = "still_there" [],
    /// Nobody answers.
    SilenceGoodbye = "silence_goodbye" [],
    /// The line is too bad.
    LineGoodbye = "line_goodbye" [],
    /// Leaves a question that cannot be heard.
    MoveOn = "move_on" [],
    /// Frustration was heard.
    Frustrated = "frustrated" [],
    /// "I don't know".
    DontKnow = "dont_know" [],
    /// Before a hint.
    HintIntro = "hint_intro" [],
    /// No hint is left.
    HintsGone = "hints_gone" [],
    /// A question is skipped.
    Skipped = "skipped" [],
    /// What is said for the gap of a sentence to be filled in.
    Blank = "blank" [],
    /// Said before another wording.
    OtherWords = "other_words" [],
    /// What one can say and press.
    Help = "help" [],
    /// About paying.
    Pay = "pay" [],
    /// Progress in numbers.
    Progress = "progress" ["n"],
    /// Progress before anything is learnt.
    ProgressNone = "progress_none" [],
    /// The skill being learnt.
    ProgressNow = "progress_now" ["skill"],
    /// Days in a row.
    Streak = "streak" ["n"],
    /// Points earned.
    Points = "points" ["n"],
    /// A badge was earned.
    Badge = "badge" ["what"],
    /// Name of a badge.
    BadgeFirstAnswer = "badge_first_answer" [],
    /// Name of a badge.
    BadgeHundredAnswers = "badge_hundred_answers" [],
    /// Name of a badge.
    BadgeThousandAnswers = "badge_thousand_answers" [],
    /// Name of a badge.
    BadgeTriesAgain = "badge_tries_again" [],
    /// Name of a badge.
    BadgeGoodMemory = "badge_good_memory" [],
    /// Name of a badge.
    BadgeThreeDays = "badge_three_days" [],
    /// Name of a badge.
    BadgeSevenDays = "badge_seven_days" [],
    /// Name of a badge.
    BadgeThirtyDays = "badge_thirty_days" [],
    /// Name of a badge.
    BadgeFirstSkill = "badge_first_skill" [],
    /// Name of a badge.
    BadgeTenSkills = "badge_ten_skills" [],
    /// Name of a badge.
    BadgeCameBack = "badge_came_back" [],
    /// A test of this lesson would be passed today.
    TestReady = "test_ready" [],
    /// What is missing most for a test of this lesson.
    TestGap = "test_gap" ["skill"],
    /// Why this question: it is due.
    WhyDue = "why_due" [],
    /// Why this question: it is new and the learner is ready.
    WhyNew = "why_new" ["skill"],
    /// Why this question: it is being learnt.
    WhyLearning = "why_learning" ["skill"],
    /// Why this question: it helps with a harder one.
    WhyNeeded = "why_needed" ["skill"],
    /// Why this question: it went wrong lately.
    WhyStruggle = "why_struggle" [],
    /// Asks for the free question.
    AskWhat = "ask_what" [],
    /// A free question will be answered later.
    AskPromised = "ask_promised" [],
    /// Back to the lesson after a free question.
    BackToQuestion = "back_to_question" [],
    /// Asks whether to change to this language, in this language.
    LanguageSwitch = "language_switch" [],
    /// This language from now on.
    LanguageNow = "language_now" [],
    /// The language stays.
    LanguageKept = "language_kept" [],
    /// Slower from now on.
    SlowerNow = "slower_now" [],
    /// No more messages.
    Stopped = "stopped" [],
    /// Messages again.
    Started = "started" [],
    /// Asks before erasing.
    DeleteAsk = "delete_ask" [],
    /// Erased.
    DeleteDone = "delete_done" [],
    /// Kept after all.
    DeleteKept = "delete_kept" [],
    /// Safeguarding: the learner may be in danger from somebody.
    CareHarm = "care_harm" [],
    /// Safeguarding: the learner may harm themselves.
    CareSelf = "care_self" [],
    /// Safeguarding: somebody else may be in danger.
    CareOther = "care_other" [],
    /// After the careful words.
    CareNext = "care_next" [],
    /// Asks the feeling before a lesson.
    FeelingBefore = "feeling_before" [],
    /// Asks the feeling after a lesson.
    FeelingAfter = "feeling_after" [],
    /// Answer to a low feeling.
    FeelingLow = "feeling_low" [],
    /// What the learner can do now.
    CloseCan = "close_can" ["skill"],
    /// What the learner worked on.
    CloseWorked = "close_worked" ["skill"],
    /// How much was worked through.
    CloseTried = "close_tried" ["n"],
    /// Homework by SMS.
    Homework = "homework" [],
    /// The helper at home.
    HomeworkText = "homework_text" ["name"],
    /// One more, or stop.
    OneMore = "one_more" [],
    /// Goodbye, all saved.
    Goodbye = "goodbye" ["name"],
    /// Goodbye to somebody whose name is unknown.
    GoodbyePlain = "goodbye_plain" [],
    /// Nothing to teach: no pack.
    NothingToTeach = "nothing_to_teach" [],
    /// A name of this language, as said in this language's file for others.
    NameOfEnglish = "name_of_en" [],
    /// A name of a language.
    NameOfKinyarwanda = "name_of_rw" [],
    /// A name of a language.
    NameOfSwahili = "name_of_sw" [],
}
