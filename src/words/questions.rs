//! What is asked about an access, of whom, and what the answer can be.

words! {
    /// Whom a question about an access goes to.
    Addressee {
        Person = "person", "The person";
        Supervisor = "supervisor", "The supervisor";
    }
}

words! {
    /// What is asked about an access, as the person is asked it.
    AccessQuestion {
        RoleInCare = "role_in_care", "What was your role in this patient’s care?";
        CourseOfWork = "course_of_work", "Did you open the record in the course of your work?";
        WhichTask = "which_task", "Which task or request was this for?";
        WasItYou = "was_it_you", "Somebody else may have used your login: was it you?";
        MeantTo = "meant_to", "Did you mean to open this record, or another one?";
        WorkingThen = "working_then", "Were you at work at that time, and where?";
    }
}

impl AccessQuestion {
    /// The same, put to either of the two it can go to.
    #[must_use]
    pub const fn put_to(self, addressee: Addressee) -> &'static str {
        match (addressee, self) {
            (Addressee::Person, question) => question.label(),
            (Addressee::Supervisor, Self::RoleInCare) => "What was their role in this patient’s care?",
            (Addressee::Supervisor, Self::CourseOfWork) => "Did they open the record in the course of their work?",
            (Addressee::Supervisor, Self::WhichTask) => "Which task or request of theirs was this for?",
            (Addressee::Supervisor, Self::WasItYou) => "Somebody else may have used their login: was it them?",
            (Addressee::Supervisor, Self::MeantTo) => "Did they mean to open this record, or another one?",
            (Addressee::Supervisor, Self::WorkingThen) => "Were they at work at that time, and where?",
        }
    }
}

words! {
    /// What an answer to it can be, as the person says it.
    AccessAnswer {
        Caring = "caring", "I was caring for the patient";
        Covering = "covering", "I was covering or on call";
        Registration = "registration", "It was for registration or billing";
        QualityReview = "quality_review", "It was for a quality review";
        WrongPatient = "wrong_patient", "It was a mistake: wrong patient";
        NotMe = "not_me", "It was not me";
        NotKnown = "not_known", "I do not remember";
        Other = "other", "Something else (say what below)";
    }
}

impl AccessAnswer {
    /// The same, as either of the two says it.
    #[must_use]
    pub const fn said_by(self, addressee: Addressee) -> &'static str {
        match (addressee, self) {
            (Addressee::Supervisor, Self::Caring) => "They were caring for the patient",
            (Addressee::Supervisor, Self::Covering) => "They were covering or on call",
            (Addressee::Supervisor, Self::NotMe) => "It was not them",
            (Addressee::Supervisor, Self::NotKnown) => "I do not know",
            (_, answer) => answer.label(),
        }
    }
}

words! {
    /// Where a question stands.
    QuestionState {
        Open = "open", "Open";
        Answered = "answered", "Answered";
        Withdrawn = "withdrawn", "Withdrawn";
        NotNeeded = "not_needed", "No longer needed";
    }
}

words! {
    /// How an answer came.
    AnswerChannel {
        Portal = "portal", "Here";
        Phone = "phone", "By phone";
    }
}

words! {
    /// What was done about a question, for the line that says so.
    QuestionDone {
        Asked = "asked", "Question asked";
        Answered = "answered", "Answer sent";
        Remarked = "remarked", "Remark added";
        Recorded = "recorded", "Answer recorded";
        Withdrawn = "withdrawn", "Question withdrawn";
    }
}
