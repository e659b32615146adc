using Interpret.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Storage;

/// <summary>The database of every service: what has been declared, what is to be done, what was found.</summary>
public abstract class InterpretContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<StudyRow> Studies => Set<StudyRow>();

    public DbSet<ModelRow> Models => Set<ModelRow>();

    public DbSet<PromptRow> Prompts => Set<PromptRow>();

    public DbSet<RatingRow> Ratings => Set<RatingRow>();

    public DbSet<WorkUnitRow> WorkUnits => Set<WorkUnitRow>();

    public DbSet<AttributionRow> Attributions => Set<AttributionRow>();

    public DbSet<AttributionScoresRow> AttributionScores => Set<AttributionScoresRow>();

    public DbSet<ContrastTokensRow> ContrastTokens => Set<ContrastTokensRow>();

    public DbSet<FaithfulnessRow> Faithfulness => Set<FaithfulnessRow>();

    public DbSet<VocabularyRow> Vocabulary => Set<VocabularyRow>();

    public DbSet<AttentionPatternRow> AttentionPatterns => Set<AttentionPatternRow>();

    public DbSet<HeadWordCountRow> HeadWordCounts => Set<HeadWordCountRow>();

    public DbSet<ConceptRow> Concepts => Set<ConceptRow>();

    public DbSet<ControlConceptRow> ControlConcepts => Set<ControlConceptRow>();

    public DbSet<WorkerRow> Workers => Set<WorkerRow>();

    public DbSet<UnitFailureRow> UnitFailures => Set<UnitFailureRow>();

    public DbSet<KnownModelRow> KnownModels => Set<KnownModelRow>();

    public DbSet<WorkerDrainRow> WorkerDrains => Set<WorkerDrainRow>();

    public DbSet<AnnotationPlanRow> AnnotationPlans => Set<AnnotationPlanRow>();

    public DbSet<AnnotationRow> Annotations => Set<AnnotationRow>();

    public DbSet<ControlAnnotationRow> ControlAnnotations => Set<ControlAnnotationRow>();

    /// <summary>What is annotated: the layers' own directions, or the control's. The two are never mixed.</summary>
    public IQueryable<ConceptRow> ConceptsOf(bool control) => control ? ControlConcepts : Concepts;

    /// <summary>What was said of <see cref="ConceptsOf"/>.</summary>
    public IQueryable<AnnotationRow> AnnotationsOf(bool control) => control ? ControlAnnotations : Annotations;

    public DbSet<ChatCallRow> ChatCalls => Set<ChatCallRow>();

    public DbSet<ChatQuotaRow> ChatQuotas => Set<ChatQuotaRow>();

    public DbSet<ChatBatchRow> ChatBatches => Set<ChatBatchRow>();

    public DbSet<ChatBatchQuestionRow> ChatBatchQuestions => Set<ChatBatchQuestionRow>();

    public DbSet<ChatReservationRow> ChatReservations => Set<ChatReservationRow>();

    public DbSet<AccessTokenRow> AccessTokens => Set<AccessTokenRow>();

    public DbSet<AuditRow> AuditEntries => Set<AuditRow>();

    public DbSet<WebhookNoticeRow> WebhookNotices => Set<WebhookNoticeRow>();

    /// <summary>The units of a study's annotation passes, real or rehearsed, and the one that has their questions answered in batches.</summary>
    public IQueryable<WorkUnitRow> AnnotationUnits(string study, bool rehearsal) => WorkUnits
        .Where(u => u.StudyId == study && u.Stage == Stages.Annotation && u.Subject.StartsWith(AnnotationSubject.RehearsalPrefix) == rehearsal);

    /// <summary>The workers that are there.</summary>
    /// <param name="since">Unix milliseconds; one that has been silent since before is gone.</param>
    public IQueryable<WorkerRow> WorkersSince(long since) => Workers.Where(w => w.Fault == null && w.SeenAt >= since);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<StudyRow>(e => e.ToTable("studies").HasKey(s => s.Id));
        modelBuilder.Entity<ModelRow>(e =>
        {
            e.ToTable("models").HasKey(m => new { m.StudyId, m.Name });
            e.Property(m => m.Parent).HasColumnName("Base"); // it was a base model always
        });
        modelBuilder.Entity<PromptRow>(e => e.ToTable("prompts").HasKey(p => new { p.StudyId, p.Id }));
        modelBuilder.Entity<RatingRow>(e => e.ToTable("ratings").HasKey(r => new { r.StudyId, r.Model, r.PromptId }));
        modelBuilder.Entity<WorkUnitRow>(e =>
        {
            e.ToTable("work_units").HasKey(u => u.Id);
            e.HasIndex(u => new { u.StudyId, u.Stage, u.Model, u.Subject }).IsUnique();
            e.HasIndex(u => new { u.StudyId, u.Queue, u.Status, u.Sequence });
        });
        modelBuilder.Entity<AttributionRow>(e => e.ToTable("attributions").HasKey(a => new { a.StudyId, a.Model, a.PromptId }));
        modelBuilder.Entity<AttributionScoresRow>(
            e => e.ToTable("attribution_scores").HasKey(a => new { a.StudyId, a.Model, a.PromptId, a.Method, a.Target }));
        modelBuilder.Entity<ContrastTokensRow>(e => e.ToTable("contrast_tokens").HasKey(c => new { c.StudyId, c.Model, c.PromptId }));
        modelBuilder.Entity<FaithfulnessRow>(e => e.ToTable("faithfulness").HasKey(f => new { f.StudyId, f.Model, f.PromptId, f.Ranking }));
        modelBuilder.Entity<VocabularyRow>(e => e.ToTable("vocabulary").HasKey(v => new { v.StudyId, v.Position }));
        modelBuilder.Entity<AttentionPatternRow>(e => e.ToTable("attention_patterns").HasKey(p => new { p.StudyId, p.Model, p.Layer, p.Head, p.Rank }));
        modelBuilder.Entity<HeadWordCountRow>(e => e.ToTable("head_word_counts").HasKey(c => new { c.StudyId, c.Model, c.Layer, c.Head }));
        modelBuilder.Entity<ConceptRow>(e => e.ToTable("concepts").HasKey(c => new { c.StudyId, c.Model, c.Layer, c.Rank }));
        // A table of their own, as if their classes were not derived from others: nothing that reads the one sees the other.
        modelBuilder.Entity<ControlConceptRow>(
            e => e.HasBaseType((Type?)null).ToTable("control_concepts").HasKey(c => new { c.StudyId, c.Model, c.Layer, c.Rank }));
        modelBuilder.Entity<WorkerRow>(e => e.ToTable("workers").HasKey(w => w.Id));
        modelBuilder.Entity<UnitFailureRow>(e =>
        {
            e.ToTable("unit_failures").HasKey(f => new { f.UnitId, f.Attempt });
            e.HasIndex(f => f.StudyId);
        });
        modelBuilder.Entity<KnownModelRow>(e => e.ToTable("known_models").HasKey(m => m.Name));
        modelBuilder.Entity<WorkerDrainRow>(e => e.ToTable("worker_drains").HasKey(w => w.WorkerId));
        modelBuilder.Entity<AnnotationPlanRow>(e => e.ToTable("annotation_plans").HasKey(p => new { p.StudyId, p.Rehearsal }));
        modelBuilder.Entity<AnnotationRow>(e => e.ToTable("annotations").HasKey(a => new { a.StudyId, a.Rehearsal, a.Model, a.Pass, a.Layer, a.Rank }));
        modelBuilder.Entity<ControlAnnotationRow>(e => e.HasBaseType((Type?)null).ToTable("control_annotations")
            .HasKey(a => new { a.StudyId, a.Rehearsal, a.Model, a.Pass, a.Layer, a.Rank }));
        modelBuilder.Entity<ChatCallRow>(e =>
        {
            e.ToTable("chat_calls").HasKey(c => c.Id);
            e.HasIndex(c => new { c.StudyId, c.Rehearsal });
        });
        modelBuilder.Entity<ChatQuotaRow>(e => e.ToTable("chat_quotas").HasKey(q => new { q.Endpoint, q.ChatModel }));
        modelBuilder.Entity<ChatBatchRow>(e => e.ToTable("chat_batches").HasKey(b => b.Id));
        modelBuilder.Entity<ChatBatchQuestionRow>(e =>
        {
            e.ToTable("chat_batch_questions").HasKey(q => q.Id);
            e.HasIndex(q => q.BatchId);
        });
        modelBuilder.Entity<AccessTokenRow>(e => e.ToTable("access_tokens").HasKey(t => t.Name));
        modelBuilder.Entity<AuditRow>(e =>
        {
            e.ToTable("audit_entries").HasKey(a => a.Id);
            e.HasIndex(a => new { a.Study, a.Id });
        });
        modelBuilder.Entity<WebhookNoticeRow>(e =>
        {
            e.ToTable("webhook_notices").HasKey(n => n.Id);
            e.HasIndex(n => n.StudyId);
        });
        modelBuilder.Entity<ChatReservationRow>(e => e.ToTable("chat_reservations").HasKey(r => new { r.StudyId, r.Rehearsal, r.Holder }));
    }
}

/// <summary>The cluster's database.</summary>
public sealed class PostgresInterpretContext(DbContextOptions<PostgresInterpretContext> options) : InterpretContext(options)
{
    // Texts sort by their bytes, as in SQLite and whatever the database's locale: reports must not depend on it.
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) => configurationBuilder.Properties<string>().UseCollation("C");
}

/// <summary>The embedded database: a file.</summary>
public sealed class SqliteInterpretContext(DbContextOptions<SqliteInterpretContext> options) : InterpretContext(options);
