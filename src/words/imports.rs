//! What arrives, what is missing, and what waits to be done.

words! {
    /// Work that waits in the jobs table.
    JobKind {
        ImportBatch = "import_batch", "Import of a file";
        RuleRerun = "rule_rerun", "Rules over what a late fact touches";
        BatchWithdrawal = "batch_withdrawal", "Withdrawal of an import";
        ShadowRun = "shadow_run", "Shadow run of a proposed rule";
    }
}

words! {
    /// Why an import is withdrawn.
    WithdrawalReason {
        WrongMapping = "wrong_mapping", "It was read with a wrong mapping";
        WrongSource = "wrong_source", "It was imported under the wrong source";
        WrongFile = "wrong_file", "It was the wrong file";
        TestData = "test_data", "It held test data";
        CorrectedExport = "corrected_export", "The source sent a corrected export";
        Other = "other", "Another reason";
    }
}

words! {
    /// Why a day of a source has less than expected.
    GapReason {
        SourceDown = "source_down", "The source system was down";
        NoServiceThatDay = "no_service_that_day", "Closed or a holiday: no service that day";
        ExportNotRun = "export_not_run", "The export did not run";
        ExportPartial = "export_partial", "The export was cut short";
        LateFileExpected = "late_file_expected", "A late file is expected";
        Migrated = "migrated", "The source was moved to another system";
        Other = "other", "Another reason";
    }
}
