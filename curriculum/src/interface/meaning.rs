//! What a learner may mean outside an answer; the words for it are data.

macro_rules! meanings {
    ($($(#[$doc:meta])* $name:ident = $key:literal),* $(,)?) => {
        /// One thing a learner may mean; its words are in the interface files.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum Meaning {
            $($(#[$doc])* #[serde(rename = $key)] $name),*
        }

        impl Meaning {
            /// Every meaning, in the order of the interface files.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its key in the interface files.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key),* }
            }
        }
    };
}

meanings! {
    /// Yes.
    Yes = "yes",
    /// No.
    No = "no",
    /// The main menu.
    Menu = "menu",
    /// Say it again.
    Repeat = "repeat",
    /// Speak slower.
    Slower = "slower",
    /// A hint.
    Hint = "hint",
    /// Skip this question.
    Skip = "skip",
    /// What can I do here?
    Help = "help",
    /// How far am I?
    Progress = "progress",
    /// Another language.
    Language = "language",
    /// About paying.
    Pay = "pay",
    /// End here; by text: no more messages.
    Stop = "stop",
    /// Messages again.
    Start = "start",
    /// Goodbye.
    Goodbye = "goodbye",
    /// Erase what is kept about me.
    Delete = "delete",
    /// Somebody else wants to learn now.
    ChangeLearner = "change_learner",
    /// Another subject.
    Subject = "subject",
    /// I want to ask something.
    Ask = "ask",
    /// Why do you ask me this?
    WhyThis = "why_this",
    /// I don't know.
    DontKnow = "dont_know",
    /// Let me think.
    Wait = "wait",
    /// Too hard, I am stupid, I hate this.
    Frustrated = "frustrated",
    /// Say that in another language; the language's name follows or precedes.
    Translate = "translate",
    /// Greetings, which want an answer and are none themselves.
    Greeting = "greeting",
    /// Words that begin a free question.
    QuestionStart = "question_start",
    /// Words before a name: "my name is".
    NameLead = "name_lead",
    /// English, by name.
    NameOfEnglish = "name_of_en",
    /// Kinyarwanda, by name.
    NameOfKinyarwanda = "name_of_rw",
    /// Swahili, by name.
    NameOfSwahili = "name_of_sw",
    /// Mathematics, by name.
    Mathematics = "mathematics",
    /// English as a subject.
    English = "english",
    /// Stories.
    Comprehension = "comprehension",
    /// Debate.
    Debate = "debate",
    /// General knowledge.
    General = "general",
    /// First option.
    First = "first",
    /// Second option.
    Second = "second",
    /// Third option.
    Third = "third",
    /// Fourth option.
    Fourth = "fourth",
    /// Good, fine: a feeling.
    Good = "good",
    /// So-so: a feeling.
    Middling = "middling",
    /// Tired, sad, hard: a feeling.
    Low = "low",
}
