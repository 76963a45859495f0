"""The Content-Security-Policy, asked of a real browser: the page works under it, and nothing else does."""


def painted(page, until):
    """The page once its areas have their colours."""
    until(page, "document.querySelectorAll('#map path.leaflet-interactive').length >= 77")
    return page


def test_the_page_works_under_the_policy(open_page, until) -> None:
    """What the browser refuses it writes on the console; `open_page` fails the test for any line there."""
    page = painted(open_page("/"), until)
    assert page.seen.console == page.seen.errors == page.seen.strangers() == []


def test_a_smuggled_script_does_not_run(open_page, until) -> None:
    page = painted(open_page("/"), until)
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.smuggled = true";
            document.body.append(script);
            const button = document.createElement("button");
            button.setAttribute("onclick", "window.smuggled = true");
            document.body.append(button);
            button.click();
        }"""
    )
    assert page.evaluate("window.smuggled") is None
    assert len(page.seen.console) == 2
    page.seen.console.clear()


def test_text_is_never_run_as_code(open_page, until) -> None:
    page = painted(open_page("/"), until)
    # From a timer: what the test itself runs through the debugger is exempt.
    tried = """() => new Promise(done => setTimeout(() => {
        try { done(window.eval("1 + 1")) } catch (error) { done(error.name) }
    }))"""
    assert page.evaluate(tried) == "EvalError"
    page.seen.console.clear()


def test_nothing_is_sent_to_another_host(open_page, until) -> None:
    page = painted(open_page("/"), until)
    sent = page.evaluate("() => fetch('https://collector.example/').then(() => 'sent', () => 'refused')")
    assert sent == "refused"
    page.seen.console.clear()
    page.seen.requests.clear()
