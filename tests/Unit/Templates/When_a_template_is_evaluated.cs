using System.Text.Json.Nodes;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Models.Templates.Jinja;

namespace Interpret.Unit.Tests.Templates;

public sealed class When_a_template_is_evaluated
{
    [Theory]
    [MemberData(nameof(TemplateCases.All), MemberType = typeof(TemplateCases))]
    public void It_says_what_Jinja_says(string name, string template, string expected) =>
        Rendered(template).ShouldBe(expected, name);

    [Theory]
    [InlineData("llama31")]
    [InlineData("qwen3")]
    [InlineData("gemma3")]
    public void The_templates_of_real_models_say_every_prompt_exactly(string model)
    {
        var config = JsonNode.Parse(TextInput.ReadAll(Reference.Path($"tokenizers/{model}/tokenizer_config.json.gz")))!;
        var template = JinjaTemplate.Read((string)config["chat_template"]!, model);
        var golden = JsonNode.Parse(TextInput.ReadAll(Reference.Path($"tokenizers/{model}/golden_chat.json.gz")))!.AsArray();
        golden.Count.ShouldBe(6);
        foreach (var prompt in golden)
        {
            var variables = new JsonObject
            {
                ["messages"] = prompt!["messages"]!.DeepClone(),
                ["add_generation_prompt"] = prompt["add_generation_prompt"]!.DeepClone(),
                ["bos_token"] = config["bos_token"]?.DeepClone(),
                ["eos_token"] = config["eos_token"]?.DeepClone(),
            };
            template.Render(variables, TemplateCases.Date).ShouldBe((string)prompt["text"]!);
        }
    }

    [Theory]
    [InlineData("a\n{{ 'x' | nosuch }}", "line 2", "filter \"nosuch\"")]
    [InlineData("{% if 1 is nosuch %}{% endif %}", "line 1", "test \"nosuch\"")]
    [InlineData("\n\n{% include 'other' %}", "line 3", "statement \"include\"")]
    [InlineData("{% extends 'other' %}", "line 1", "statement \"extends\"")]
    [InlineData("{% for x in [1] recursive %}{% endfor %}", "line 1", "loop \"recursive\"")]
    [InlineData("{{ f(*[1]) }}", "line 1", "argument \"*\"")]
    [InlineData("{{ messages.__class__ }}", "line 1", "attribute \"__class__\"")]
    [InlineData("{{ ''['__class__'] }}", "line 1", "attribute \"__class__\"")]
    [InlineData("{% set x = [] %}\n{{ x.append(1) }}", "line 2", "method \"append\"")]
    [InlineData("{{ '%s' % 1 }}", "line 1", "operator \"% of a text\"")]
    [InlineData("{{ 'é'|upper }}", "line 1", "\"é\"")]
    [InlineData("{{ strftime_now('%U') }}", "line 1", "field of a date \"%U\"")]
    public void What_is_not_known_is_refused_with_its_line_and_name(string template, string line, string found)
    {
        var refusal = Refusal(template);
        (refusal.ErrorClass, refusal.InputSource, refusal.Where, refusal.Found).ShouldBe(("template", "chat.jinja", line, found));
    }

    [Theory]
    [InlineData("\n{{ missing.x }}", "line 2", "\"missing\" is undefined")]
    [InlineData("{{ messages[0].x.y }}", "line 1", "a dict has no x")]
    [InlineData("{{ missing + 'a' }}", "line 1", "\"missing\" is undefined")]
    [InlineData("{{ missing() }}", "line 1", "\"missing\" is undefined")]
    [InlineData("{{ 'a' + 1 }}", "line 1", "a text and a whole number")]
    [InlineData("{{ none|length }}", "line 1", "none")]
    [InlineData("{{ words|map('upper')|length }}", "line 1", "what a filter gives, which is gone through once")]
    [InlineData("{% for x in none %}{% endfor %}", "line 1", "none")]
    [InlineData("{{ 1 // 0 }}", "line 1", "0")]
    [InlineData("{{ 'a' < 1 }}", "line 1", "a text and a whole number")]
    [InlineData("{{ missing|tojson }}", "line 1", "nothing: \"missing\" is undefined")]
    [InlineData("{% set x = 1 %}{% set x.y = 2 %}", "line 1", "a whole number")]
    [InlineData("{% set a, b = [1] %}", "line 1", "1")]
    [InlineData("a\n{{ raise_exception('No ' ~ 'system') }}", "line 2", "its own refusal: No system")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "line 1", "a larger one")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "line 1", "2")]
    public void What_Python_would_refuse_is_refused(string template, string line, string found)
    {
        var refusal = Refusal(template);
        (refusal.ErrorClass, refusal.Where, refusal.Found).ShouldBe(("template", line, found));
    }

    [Theory]
    [InlineData("{% if x %}", "line 1", "the end of the template")]
    [InlineData("{{ x", "line 1", "the end of the template")]
    [InlineData("{{ 'x }}", "line 1", "the end of the template")]
    [InlineData("{# x", "line 1", "the end of the template")]
    [InlineData("{% raw %}x", "line 1", "the end of the template")]
    [InlineData("{{ (1] }}", "line 1", "']'")]
    [InlineData("{{ 1 + }}", "line 1", "the end of the expression")]
    [InlineData("{{ a b }}", "line 1", "\"b\"")]
    [InlineData("a\n{% endif %}", "line 2", "{% endif %} without its beginning")]
    [InlineData("{% break %}", "line 1", "none")]
    [InlineData("{% set 'x' = 1 %}", "line 1", "another expression")]
    [InlineData("{% for loop in x %}{% endfor %}", "line 1", "another expression")]
    [InlineData("{{ ? }}", "line 1", "\"?\"")]
    [InlineData("{{ 0x1F }}", "line 1", "\"0x\"")]
    [InlineData("{% %}", "line 1", "the end of the statement")]
    public void What_is_no_template_is_refused(string template, string line, string found)
    {
        var refusal = Should.Throw<BadInputException>(() => JinjaTemplate.Read(template, "chat.jinja"));
        (refusal.ErrorClass, refusal.Where, refusal.Found).ShouldBe(("template", line, found));
    }

    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for a in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "characters")]
    [InlineData("{{ 'a' * 1000000000 }}", "characters")]
    [InlineData("{% for a in range(90000) %}{{ 'a' * 100 }}{% endfor %}", "characters")]
    [InlineData("{{ range(1000000000) }}", "items")]
    [InlineData("{{ [0] * 1000000000 }}", "items")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nested")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for a in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "steps")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for a in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "nested")]
    [InlineData("{% set ns = namespace(x=[], y=[]) %}{% for a in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}", "steps")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for a in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}", "steps")]
    [InlineData("{{ ('a' * 2000000).replace('aa', 'bbbbbbbbbbbbbbbbbbbbb') }}", "characters")]
    [InlineData("{% set x = 'ab' * 1000000 %}{% for i in range(90000) %}{% if 'c' in x %}{% endif %}{% endfor %}", "steps")]
    public void Whatever_it_costs_ends(string template, string bound) => Refusal(template).Expected.ShouldContain(bound);

    [Fact]
    public void However_deep_it_is_nested_it_ends()
    {
        foreach (var template in new[]
        {
            "{{ " + new string('(', 50_000) + "1" + new string(')', 50_000) + " }}",
            "{{ " + string.Concat(Enumerable.Repeat("not ", 50_000)) + "1 }}",
            "{{ " + string.Concat(Enumerable.Repeat("- ", 50_000)) + "1 }}",
            "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 50_000)) + " }}",
            "{{ x" + string.Concat(Enumerable.Repeat("|trim", 50_000)) + " }}",
            "{{ " + string.Concat(Enumerable.Repeat("1 if 1 else ", 50_000)) + "1 }}",
            string.Concat(Enumerable.Repeat("{% if 1 %}", 50_000)),
        })
            Refusal(template).Expected.ShouldContain("nested");
    }

    private static string Rendered(string template) => JinjaTemplate.Read(template, "chat.jinja").Render(TemplateCases.Variables, TemplateCases.Date);

    private static BadInputException Refusal(string template) => Should.Throw<BadInputException>(() => Rendered(template));
}
