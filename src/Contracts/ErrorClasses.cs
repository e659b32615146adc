namespace Interpret.Contracts;

/// <summary>
/// The classes of errors, by which <c>interpret failures</c> groups and <c>interpret retry --class</c> selects. They are stored with parked units
/// and stand in answers over HTTP, so none is ever renamed.
/// </summary>
public static class ErrorClasses
{
    public const string AnnotationDiffers = "annotation-differs";
    public const string AnnotationMissing = "annotation-missing";
    public const string AnnotationRequest = "annotation-request";
    public const string AnswerCut = "answer-cut";
    public const string ArchitectureUnknown = "architecture-unknown";
    public const string AttributionFile = "attribution-file";
    public const string AttributionMissing = "attribution-missing";
    public const string BadFrequency = "bad-frequency";
    public const string BadField = "bad-field";
    public const string BadId = "bad-id";
    public const string BadJson = "bad-json";
    public const string BadName = "bad-name";
    public const string BadNumber = "bad-number";
    public const string BadPair = "bad-pair";
    public const string BadRating = "bad-rating";
    public const string BadText = "bad-text";
    public const string BaselineUnknown = "baseline-unknown";
    public const string BatchRefused = "batch-refused";
    public const string BeyondContext = "beyond-context";
    public const string BosTwice = "bos-twice";
    public const string ChatRefused = "chat-refused";
    public const string CheckpointArchive = "checkpoint-archive";
    public const string CheckpointDiffers = "checkpoint-differs";
    public const string CheckpointKind = "checkpoint-kind";
    public const string CheckpointLegacy = "checkpoint-legacy";
    public const string CheckpointMissing = "checkpoint-missing";
    public const string CheckpointTensor = "checkpoint-tensor";
    public const string CheckpointTruncated = "checkpoint-truncated";
    public const string ConceptDiffers = "concept-differs";
    public const string ConceptMissing = "concept-missing";
    public const string ConceptsMissing = "concepts-missing";
    public const string ConfigMalformed = "config-malformed";
    public const string ConnectionString = "connection-string";
    public const string ContentFilter = "content-filter";
    public const string ContextNotInPrompt = "context-not-in-prompt";
    public const string ContrastTokensMissing = "contrast-tokens-missing";
    public const string DatabaseNewer = "database-newer";
    public const string DatasetEmpty = "dataset-empty";
    public const string DeviceMemory = "device-memory";
    public const string Drawing = "drawing";
    public const string DuplicateFile = "duplicate-file";
    public const string DuplicateId = "duplicate-id";
    public const string DuplicateRow = "duplicate-row";
    public const string EmptyPrompt = "empty-prompt";
    public const string EvidenceNotInContext = "evidence-not-in-context";
    public const string ExportRequest = "export-request";
    public const string FigureFormat = "figure-format";
    public const string FormatUnknown = "format-unknown";
    public const string HeadUnknown = "head-unknown";
    public const string IndexMalformed = "index-malformed";
    public const string InputDamaged = "input-damaged";
    public const string InputFormat = "input-format";
    public const string InputMissing = "input-missing";
    public const string KindUnknown = "kind-unknown";
    public const string LayerUnknown = "layer-unknown";
    public const string LineTooLong = "line-too-long";
    public const string ModelTooLarge = "model-too-large";
    public const string MethodUnknown = "method-unknown";
    public const string ModelUnknown = "model-unknown";
    public const string NoModel = "no-model";
    public const string NotFinite = "not-finite";
    public const string NotInterpretable = "not-interpretable";
    public const string NotUtf8 = "not-utf-8";
    public const string OutputPlace = "output-place";
    public const string PassUnknown = "pass-unknown";
    public const string PickleGlobal = "pickle-global";
    public const string PickleMalformed = "pickle-malformed";
    public const string PromptFile = "prompt-file";
    public const string PromptNotPrefix = "prompt-not-prefix";
    public const string PromptUnknown = "prompt-unknown";
    public const string RatingsAmbiguous = "ratings-ambiguous";
    public const string RatingsUnmatched = "ratings-unmatched";
    public const string ReferenceMalformed = "reference-malformed";
    public const string ReferenceMissing = "reference-missing";
    public const string ReportDiffers = "report-differs";
    public const string ReportEmpty = "report-empty";
    public const string ReportUnknown = "report-unknown";
    public const string RowsLeftOut = "rows-left-out";
    public const string SafetensorsMalformed = "safetensors-malformed";
    public const string SamplesMissing = "samples-missing";
    public const string ServerAddress = "server-address";
    public const string SettingBad = "setting-bad";
    public const string SettingMissing = "setting-missing";
    public const string SpanNotInPrompt = "span-not-in-prompt";
    public const string SpanTokensNotInPrompt = "span-tokens-not-in-prompt";
    public const string StageUnknown = "stage-unknown";
    public const string StateDamaged = "state-damaged";
    public const string StateLocked = "state-locked";
    public const string StateMissing = "state-missing";
    public const string StatePlace = "state-place";
    public const string StudyActive = "study-active";
    public const string StudyArchived = "study-archived";
    public const string StudyCancelled = "study-cancelled";
    public const string StudyDiffers = "study-differs";
    public const string StudyEnded = "study-ended";
    public const string StudyFile = "study-file";
    public const string StudyUnknown = "study-unknown";
    public const string StudyUnpaired = "study-unpaired";
    public const string SummaryDiffers = "summary-differs";
    public const string SummaryMissing = "summary-missing";
    public const string Template = "template";
    public const string TemplateMissing = "template-missing";
    public const string TemplateTokens = "template-tokens";
    public const string TensorDtype = "tensor-dtype";
    public const string TensorExtra = "tensor-extra";
    public const string TensorMissing = "tensor-missing";
    public const string TensorOverlap = "tensor-overlap";
    public const string TensorShape = "tensor-shape";
    public const string TokenFile = "token-file";
    public const string TokenTaken = "token-taken";
    public const string TokenUnknown = "token-unknown";
    public const string TokenizerMismatch = "tokenizer-mismatch";
    public const string TokenizerMissing = "tokenizer-missing";
    public const string TokenizerModel = "tokenizer-model";
    public const string TokenizerUnsupported = "tokenizer-unsupported";
    public const string TokensDiffer = "tokens-differ";
    public const string TooManySpans = "too-many-spans";
    public const string TrainingDiverged = "training-diverged";
    public const string TrainingMalformed = "training-malformed";
    public const string TrainingMissing = "training-missing";
    public const string TrainingState = "training-state";
    public const string TrainingTexts = "training-texts";
    public const string Upload = "upload";
    public const string VectorsEmpty = "vectors-empty";
    public const string VectorsFormat = "vectors-format";
    public const string VectorsLength = "vectors-length";
    public const string VectorsNumber = "vectors-number";
    public const string VectorsTruncated = "vectors-truncated";
    public const string VectorsUnmatched = "vectors-unmatched";
    public const string VocabularyEmpty = "vocabulary-empty";
    public const string WebhookSecret = "webhook-secret";
    public const string WorkerLost = "worker-lost";
    public const string WorkerUnknown = "worker-unknown";
    public const string WrongColumns = "wrong-columns";
    public const string WrongHeader = "wrong-header";

    /// <summary>
    /// What a worker meets in its own files, or does not know because it is older: not the fault of the unit that it was given, so it is not held
    /// against it.
    /// </summary>
    public static readonly IReadOnlySet<string> OfWorker = new HashSet<string>(StringComparer.Ordinal)
    {
        ArchitectureUnknown, CheckpointArchive, CheckpointDiffers, CheckpointLegacy, CheckpointMissing, CheckpointTensor, CheckpointTruncated, ConfigMalformed,
        DeviceMemory, IndexMalformed, ModelTooLarge, PickleGlobal, PickleMalformed, SafetensorsMalformed, StageUnknown, TensorDtype, TensorExtra, TensorMissing,
        TensorOverlap, TensorShape, TokenizerMismatch, TokenizerMissing, TokenizerModel, TokenizerUnsupported,
    };
}
