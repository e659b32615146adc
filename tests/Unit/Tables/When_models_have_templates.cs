using Interpret.Reports.Tables;

namespace Interpret.Unit.Tests.Tables;

public sealed class When_models_have_templates
{
    [Fact]
    public void The_caption_says_which_template_each_had()
    {
        Table1.Of([], templates: " Templates of prompts: a none; b checkpoint.").Caption.ShouldEndWith(" Templates of prompts: a none; b checkpoint.");
        Table2.Of([], templates: " Templates of prompts: a none; b checkpoint.").Caption.ShouldEndWith(" Templates of prompts: a none; b checkpoint.");
    }
}
