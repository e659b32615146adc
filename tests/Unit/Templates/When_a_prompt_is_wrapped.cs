using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Models.Templates;
using Interpret.Unit.Tests.Studies;

namespace Interpret.Unit.Tests.Templates;

public sealed class When_a_prompt_is_wrapped : IDisposable
{
    private const string Turns =
        "{{ bos_token }}{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content | trim + '<|end|>\n' }}{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}";

    private readonly Scratch scratch = new();

    [Theory]
    [InlineData("Hi there", "Hi there")]
    [InlineData("  Hi\n there \n", "Hi\n there")] // as the template trims it
    [InlineData("user", "user")] // a word of the template's
    [InlineData("<|end|>", "<|end|>")]
    [InlineData("{{ bos_token }}", "{{ bos_token }}")]
    [InlineData("prompt0Q prompt0Q0Q", "prompt0Q prompt0Q0Q")]
    public void Its_own_text_is_found_among_the_template_s(string prompt, string own)
    {
        var wrapped = Wrapped(Turns, prompt);
        (wrapped.Text, wrapped.Prompt).ShouldBe(($"<s><|user|>\n{own}<|end|>\n<|assistant|>\n\n"[..^1], own));
    }

    [Fact]
    public void Earlier_turns_are_the_template_s()
    {
        var wrapped = Jinja(Turns).Render([new("system", "Be brief."), new("user", "Hi"), new("assistant", "Hello"), new("user", "Hi")]);
        wrapped.Text.ShouldBe("<s><|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\n");
        wrapped.Start.ShouldBe(wrapped.Text.LastIndexOf("Hi", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ m.content | upper }}{% endfor %}", "one that leaves it out or changes it")]
    [InlineData("{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}", "one that does so twice")]
    [InlineData("nothing", "one that leaves it out or changes it")]
    [InlineData("{% for m in messages %}{% if m.content.startswith('H') %}!{% endif %}{{ m.content }}{% endfor %}", "one that changes \"Hi\"")]
    [InlineData("{% for m in messages %}{{ m.content | replace('H', 'J') }}{% endfor %}", "one that changes \"Hi\"")]
    [InlineData("{{ raise_exception('no') }}", "its own refusal: no")]
    public void A_template_in_which_it_cannot_be_told_is_refused(string template, string found)
    {
        var refusal = Should.Throw<BadInputException>(() => Wrapped(template, "Hi"));
        (refusal.ErrorClass, refusal.Found).ShouldBe(("template", found));
    }

    [Fact]
    public void A_system_message_that_the_template_leaves_out_is_refused()
    {
        const string deaf = "{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}";
        Wrapped(deaf, "Hi").Text.ShouldBe("Hi");
        Should.Throw<BadInputException>(() => Jinja(deaf).Render([new("system", "Be brief."), new("user", "Hi")]))
            .Message.ShouldContain("expected a template that puts the system message in, found one that leaves it out");
    }

    [Fact]
    public void What_stands_before_a_response_is_the_blanks_that_the_template_writes_there()
    {
        Wrapped(Turns, "Hi").Lead.ShouldBe("");
        Wrapped("{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% else %} {{ m.content }} {% endif %}{% endfor %}", "Hi").Lead.ShouldBe(" ");
        Wrapped(Turns.Replace("m.content | trim", "('<think>' if m.role == 'assistant' else '') + m.content"), "Hi").Lead.ShouldBe("");
    }

    [Fact]
    public void A_date_is_the_one_that_is_given_and_no_clock_s()
    {
        const string dated = "{% if date_string is not defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}{{ date_string }} {{ messages[0].content }}";
        Wrapped(dated, "Hi").Text.ShouldBe("26 Jul 2024 Hi");
        Jinja(dated).Render([new("user", "Hi")], new DateOnly(2025, 3, 1)).Text.ShouldBe("01 Mar 2025 Hi");
        Wrapped("{{ strftime_now('%Y') }} {{ messages[0].content }}", "Hi").Text.ShouldBe("2024 Hi");
        const string own = "{{ date_string if date_string is defined else '1 Jan 2020' }} {{ messages[0].content }}";
        Wrapped(own, "Hi").Text.ShouldBe("1 Jan 2020 Hi"); // the template's own, where nothing is said
    }

    [Theory]
    [InlineData("### {prompt}\n### Answer:\n", "### Hi\n### Answer:")]
    [InlineData("{prompt}\n\n", "Hi\n")]
    [InlineData("{system}|{prompt}|{other}", "|Hi|{other}")]
    [InlineData("a\r\n{prompt}", "a\nHi")]
    public void A_file_has_a_place_for_it(string file, string expected) => Placeholder(file).Render([new("user", "Hi")]).Text.ShouldBe(expected);

    [Theory]
    [InlineData("{system} then {prompt}.", "Be {prompt}. then a {system} b.")]
    [InlineData("{prompt} then {system}.", "a {system} b then Be {prompt}..")]
    public void What_is_filled_in_is_not_looked_at_again(string file, string expected)
    {
        var wrapped = Placeholder(file).Render([new("system", "Be {prompt}."), new("user", "a {system} b")]);
        (wrapped.Text, wrapped.Prompt).ShouldBe((expected, "a {system} b"));
    }

    [Theory]
    [InlineData("no place", "none")]
    [InlineData("{prompt}{prompt}", "2 of them")]
    [InlineData("{prompt}{system}{system}", "2 of them")]
    public void A_file_without_a_place_is_refused(string file, string found) =>
        Should.Throw<BadInputException>(() => Placeholder(file)).Found.ShouldBe(found);

    [Fact]
    public void A_file_takes_a_prompt_and_what_it_has_a_place_for()
    {
        Should.Throw<BadInputException>(() => Placeholder("{prompt}").Render([new("system", "s"), new("user", "Hi")])).Expected.ShouldStartWith("{system}");
        Should.Throw<BadInputException>(() => Placeholder("{prompt}").Render([new("user", "a"), new("assistant", "b"), new("user", "c")]))
            .Found.ShouldBe("the turns user, assistant, user");
        Should.Throw<BadInputException>(() => Placeholder("{prompt}").Render([new("user", "a"), new("assistant", "b")])).Found.ShouldBe("assistant");
    }

    [Fact]
    public void A_checkpoint_s_template_stands_in_its_settings_or_in_a_file_of_its_own()
    {
        Should.Throw<BadInputException>(OfCheckpoint).ErrorClass.ShouldBe("template-missing");
        Settings(new JsonObject { ["eos_token"] = "</s>" });
        Should.Throw<BadInputException>(OfCheckpoint).ErrorClass.ShouldBe("template-missing");
        scratch.Write("chat_template.json", """{"chat_template": "json {{ messages[0].content }}"}""");
        Text().ShouldBe("json Hi");
        Settings(new JsonObject { ["chat_template"] = "settings {{ messages[0].content }}" });
        Text().ShouldBe("settings Hi");
        scratch.Write("chat_template.jinja", "file {{ messages[0].content }}\n");
        Text().ShouldBe("file Hi");
    }

    [Fact]
    public void Of_several_the_default_one_counts()
    {
        Settings(new JsonObject { ["chat_template"] = Named("tool_use", "default") });
        Text().ShouldBe("default Hi");
        Settings(new JsonObject { ["chat_template"] = Named("tool_use", "rag") });
        var refusal = Should.Throw<BadInputException>(OfCheckpoint);
        (refusal.ErrorClass, refusal.Found).ShouldBe(("template-missing", "tool_use, rag"));
        Settings(new JsonObject { ["chat_template"] = 5 });
        Should.Throw<BadInputException>(OfCheckpoint).ErrorClass.ShouldBe("config-malformed");

        static JsonArray Named(params string[] names) =>
            [.. names.Select(name => new JsonObject { ["name"] = name, ["template"] = name + " {{ messages[0].content }}" })];
    }

    [Fact]
    public void Special_tokens_are_given_by_their_names()
    {
        scratch.Write("special_tokens_map.json", """{"bos_token": "<old>", "unk_token": {"content": "<unk>"}, "pad_token": "<pad>", "additional_special_tokens": ["<x>"]}""");
        Settings(new JsonObject
        {
            ["bos_token"] = new JsonObject { ["content"] = "<s>", ["lstrip"] = false },
            ["eos_token"] = null,
            ["pad_token"] = null,
            ["chat_template"] = "{{ bos_token }}|{{ eos_token }}|{{ unk_token }}|{{ pad_token is defined }}|{{ tools is none }}|{{ messages[0].content }}",
        });
        Text().ShouldBe("<s>||<unk>|False|True|Hi");
    }

    [Fact]
    public void An_error_in_a_template_names_its_file_and_line()
    {
        Settings(new JsonObject { ["chat_template"] = "\n{% nosuch %}" });
        Should.Throw<BadInputException>(OfCheckpoint).Message.ShouldStartWith($"{Path.Combine(scratch.Root, "tokenizer_config.json")}: chat_template: line 2: expected a statement of ");
    }

    private static RenderedPrompt Wrapped(string template, string prompt) => Jinja(template).Render([new("user", prompt)]);

    private static ChatTemplate Jinja(string template)
    {
        using var folder = new Scratch();
        folder.Write("tokenizer_config.json", """{"bos_token": "<s>", "eos_token": "</s>"}""");
        return ChatTemplate.Of(new TemplateSettings("t.jinja", template), folder.Root);
    }

    private static ChatTemplate Placeholder(string text)
    {
        using var folder = new Scratch();
        return ChatTemplate.Of(new TemplateSettings("t.txt", text), folder.Root);
    }

    private void Settings(JsonObject settings) => scratch.Write("tokenizer_config.json", settings.ToJsonString());

    private ChatTemplate OfCheckpoint() => ChatTemplate.Of(new TemplateSettings(TemplateSettings.Checkpoint, null), scratch.Root);

    private string Text() => OfCheckpoint().Render([new("user", "Hi")]).Text;

    public void Dispose() => scratch.Dispose();
}
