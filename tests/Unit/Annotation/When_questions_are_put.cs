using System.Text.Json.Nodes;
using Interpret.AnnotatorWorker.Chat;
using Interpret.Contracts;
using Interpret.Orchestrator.Annotation;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Annotation;

public sealed class When_questions_are_put
{
    private const string Endpoint = "https://chat.example/v1";

    [Fact]
    public void The_projects_own_prompts_show_examples_under_their_names()
    {
        var prompts = PromptFiles.Read(null);
        var question = ChatQuestion.Summary(Endpoint, "some-model", false, prompts.Summary, ["moon", "river"], pass: 3);
        var body = JsonNode.Parse(question.Body)!;
        var messages = body["messages"]!.AsArray();
        messages[0]!.ToJsonString().ShouldStartWith("""{"role":"system","content":""");
        messages[1]!["name"]!.GetValue<string>().ShouldBe("example_user");
        messages[2]!["name"]!.GetValue<string>().ShouldBe("example_assistant");
        messages[^1]!["role"]!.GetValue<string>().ShouldBe("user");
        messages[^1]!["content"]!.GetValue<string>().ShouldBe("Words: moon, river");
        (body["temperature"]!.GetValue<double>(), body["top_p"]!.GetValue<double>(), body["seed"]!.GetValue<int>()).ShouldBe((1.0, 0.9, 3));

        var label = JsonNode.Parse(ChatQuestion.Label(Endpoint, "some-model", false, Stages.TaskLabel, prompts.TaskLabel, "Rivers").Body)!;
        label["temperature"]!.GetValue<double>().ShouldBe(0);
        label["seed"].ShouldBeNull();
        foreach (var offered in AnnotationLabels.Tasks)
            prompts.TaskLabel.System.ShouldContain(offered, Case.Insensitive);
        foreach (var offered in AnnotationLabels.Linguistic)
            prompts.LinguisticLabel.System.ShouldContain(offered, Case.Insensitive);
    }

    [Fact]
    public void A_question_is_known_again_by_what_is_asked_of_whom()
    {
        var prompts = PromptFiles.Read(null);
        string Id(string endpoint = Endpoint, string model = "m", bool rehearsal = false, string word = "moon", int pass = 1) =>
            ChatQuestion.Summary(endpoint, model, rehearsal, prompts.Summary, [word], pass).Id;
        string[] ids = [Id(), Id(endpoint: "https://other.example/v1"), Id(model: "n"), Id(rehearsal: true), Id(word: "sun"), Id(pass: 2)];
        ids.Distinct().Count().ShouldBe(ids.Length);
        Id().ShouldBe(ids[0]);
    }

    [Theory]
    [InlineData(MessageForm.Turns, "system user assistant user")]
    [InlineData(MessageForm.User, "user")]
    public void Services_that_know_no_named_messages_get_turns_or_one_message(MessageForm form, string roles)
    {
        var prompt = new ChatPrompt("Name it.", [new ChatExample("Words: red, blue", "colours")], "Words: {words}", ChatPrompt.Words);
        var question = ChatQuestion.Summary(Endpoint, "m", false, prompt, ["moon"], 1, new QuestionForm(form, []));
        var messages = JsonNode.Parse(question.Body)!["messages"]!.AsArray();
        string.Join(' ', messages.Select(message => (string)message!["role"]!)).ShouldBe(roles);
        var said = string.Concat(messages.Select(message => (string)message!["content"]!));
        foreach (var part in new[] { "Name it.", "Words: red, blue", "colours", "Words: moon" })
            said.ShouldContain(part);
        messages.ShouldAllBe(message => message!["name"] == null);
    }

    [Fact]
    public void Parameters_are_those_that_the_service_takes_and_passes_without_a_seed_stay_apart()
    {
        var prompt = PromptFiles.Read(null).Summary;
        ChatQuestion Question(int pass, params string[] parameters) =>
            ChatQuestion.Summary(Endpoint, "m", false, prompt, ["moon"], pass, QuestionForm.Of(null, parameters, 512));
        var body = JsonNode.Parse(Question(1, QuestionForm.LongestCompletion).Body)!.AsObject();
        body.Select(member => member.Key).ShouldBe(["model", "messages", "max_completion_tokens"]);
        ((int)body["max_completion_tokens"]!).ShouldBe(512);
        Question(1).Body.ShouldBe(Question(2).Body);
        Question(1).Id.ShouldNotBe(Question(2).Id);
        // What was asked before there were forms is known again.
        ChatQuestion.Summary(Endpoint, "m", false, prompt, ["moon"], 1, QuestionForm.Usual).Id.ShouldBe(ChatQuestion.Summary(Endpoint, "m", false, prompt, ["moon"], 1).Id);
        var misspelt = new AnnotationRequest { Form = QuestionForm.Of(null, ["temprature"], null) };
        Should.Throw<BadInputException>(misspelt.Check).Message.ShouldContain("temprature");
    }

    [Fact]
    public void Prompt_files_of_a_study_are_read()
    {
        using var scratch = new Scratch();
        scratch.Write("summary.txt", "[system]\nName it.\n\n[user]\nThese: {words}!\n");
        scratch.Write("task-label.txt", "[system]\nTask?\n[example_user]\na\n[example_assistant]\nb\n[user]\n{summary}");
        scratch.Write("linguistic-label.txt", "[system]\r\nLevel?\r\n[user]\r\n{summary}\r\n");
        var prompts = PromptFiles.Read(scratch.Root);
        prompts.Summary.System.ShouldBe("Name it.");
        prompts.Summary.Ask("x, y").ShouldBe("These: x, y!");
        prompts.TaskLabel.Examples.ShouldBe([new ChatExample("a", "b")]);
        prompts.LinguisticLabel.System.ShouldBe("Level?");
    }

    [Theory]
    [InlineData("Name it.\n[user]\n{words}", "line 1")]
    [InlineData("[system]\nName it.", "[user] last")]
    [InlineData("[system]\nName it.\n[user]\nwhich words?", "{words}")]
    [InlineData("[system]\nName it.\n[example_user]\na\n[user]\n{words}", "[example_assistant]")]
    [InlineData("[system]\n\n[user]\n{words}", "a text after [system]")]
    public void A_prompt_file_that_cannot_be_used_says_why(string text, string said)
    {
        using var scratch = new Scratch();
        scratch.Write("summary.txt", text);
        var error = Should.Throw<BadInputException>(() => PromptFiles.Read(scratch.Root));
        error.ErrorClass.ShouldBe("prompt-file");
        error.Message.ShouldContain(said);
    }

    [Fact]
    public void Subjects_of_units_are_read_back()
    {
        foreach (var subject in new[] { new AnnotationSubject(false, 1, 0, 1, 16), new AnnotationSubject(true, 5, 31, 289, 300),
            new AnnotationSubject(false, 2, 3, 1, 16, Control: true), new AnnotationSubject(true, 2, 3, 1, 16, Control: true) })
            AnnotationSubject.Parse(subject.ToString()).ShouldBe(subject);
        new AnnotationSubject(true, 1, 0, 1, 16).ToString().ShouldBe("rehearsal pass 1 layer 0 ranks 1-16");
        Should.Throw<FormatException>(() => AnnotationSubject.Parse("layer 3"));
    }
}
