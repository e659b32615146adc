using Interpret.Cli.Commands;
using Interpret.Explaining;
using static Interpret.Unit.Tests.Explaining.When_a_response_leans_on_a_context;

namespace Interpret.Unit.Tests.Explaining;

public sealed class When_the_support_of_a_response_is_shown
{
    [Fact]
    public void The_page_says_what_was_measured_and_shows_no_markup_of_the_texts()
    {
        var support = ContextSupport.Of(Context, Explanation, SentenceRanking.MeanAbsolute, DensitySettings.Default)!;
        var page = SupportPage.Render(Explanation, support, SentenceRanking.MeanAbsolute);
        page.ShouldStartWith("<!doctype html>");
        page.ShouldContain("69 %");
        page.ShouldContain("No &lt;b&gt;.");
        page.ShouldContain("(1.33, rank 1)");
        page.ShouldNotContain("<b>");
        page.Split("class=\"warning\"").Length.ShouldBe(2); // one sentence leans on none
    }
}
