"""Each task of the console in Chromium, from signing in to the entry on the log, without JavaScript; then every page at three widths,
with axe-core.

    tour.py CORDON SITE_FOLDER RULES ARTEFACTS CHROMIUM

SITE_FOLDER has a registry with the example studies. Prints what was done, a line each; ends with status 1 at what is wrong.
"""
import json
import pathlib
import re
import subprocess
import sys
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CORDON, FOLDER, RULES, OUT, CHROMIUM = sys.argv[1:6]
OUT = pathlib.Path(OUT)
OUT.mkdir(parents=True, exist_ok=True)
WIDTHS = [360, 800, 1280]
PASSWORD = "correct horse battery"
# Rules of WCAG 2.2 A and AA, and axe's best practices.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def cordon(*arguments):
    done = subprocess.run([CORDON, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"cordon {arguments[0]}: {done.stderr}")
    return done.stdout


class Person:
    """Somebody with an account, who signs in with recovery codes: nobody waits for the next code of an authenticator."""

    def __init__(self, name, *roles):
        options = [word for role in roles for word in ("--role", role)]
        made = json.loads(cordon("console", "account", "add", name, *options, "--registry", FOLDER, "--as", "tour", "--json"))
        self.name, self.given, self.codes = name, made["password"], made["recoveryCodes"]

    def code(self):
        return self.codes.pop()


def say(words):
    print(words, flush=True)


def sign_in(page, person, password):
    page.goto(BASE + "/")
    page.get_by_label("Name").fill(person.name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Code from your authenticator").fill(person.code())
    page.get_by_role("button", name="Sign in").click()


def first_time(page, person):
    """Comes in with the given password, and sets another before anything else is open."""
    sign_in(page, person, person.given)
    assert page.get_by_role("alert").inner_text().startswith("Your password was given to you"), page.content()
    page.goto(BASE + "/studies")
    assert page.url == BASE + "/account", page.url
    page.get_by_label("Old password").fill(person.given)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_label("Code from your authenticator").fill(person.code())
    page.get_by_role("button", name="Change the password").click()
    assert "Your password is changed" in page.get_by_role("status").inner_text()
    say(f"{person.name} came in, and set a password")


def tell(page, words):
    assert words in page.get_by_role("status").inner_text(), page.content()


def reason(page, label, button, words, person=None):
    page.get_by_label(label).fill(words)
    form = page.locator("form", has=page.get_by_role("button", name=button))
    if person:
        form.get_by_label("Code from your authenticator").fill(person.code())
    page.get_by_role("button", name=button).click()


def tasks(browser):
    people = {
        name: Person(name, role)
        for name, role in [
            ("lena", "legal"), ("lars", "legal"), ("lou", "legal"), ("rita", "reviewer"), ("abel", "auditor"),
            ("adam", "administrator"), ("vera", "viewer"),
        ]
    }
    pages = {}
    for name, person in people.items():
        # As for somebody who has switched scripts off.
        page = browser.new_context(java_script_enabled=False).new_page()
        page.set_default_timeout(60_000)
        first_time(page, person)
        pages[name] = page

    rita = pages["rita"]
    rita.get_by_role("link", name="Queue", exact=True).click()
    rita.get_by_label("Kept from").select_option("research")
    rita.get_by_label("Because of").select_option("vip")
    rita.get_by_role("button", name="Show").click()
    rita.locator("a.uid").first.click()
    study = rita.url
    assert "sequester" in rita.content() and "Tier 2" in rita.content()
    rita.get_by_text("Give a label", exact=True).click()
    rita.get_by_label("Label", exact=True).select_option("violence")
    rita.get_by_label("Reason", exact=True).fill("told the social service")
    rita.get_by_role("button", name="Give the label").click()
    tell(rita, "is given")
    say("rita found a sequestered study, saw why, and gave a label")
    rita.get_by_text(re.compile("^Withdraw label")).first.click()
    withdrawal = rita.locator("form", has=rita.get_by_role("button", name=re.compile("^Withdraw label"))).first
    withdrawal.get_by_label("Why it is no longer so").fill("a mistake")
    withdrawal.get_by_label("Code from your authenticator").fill(people["rita"].code())
    withdrawal.get_by_role("button", name=re.compile("^Withdraw label")).click()
    tell(rita, "is withdrawn")
    say("rita withdrew it")
    rita.get_by_text("Give the label consented", exact=True).click()
    reason(rita, "Reason: why it may go", "Let it go", "asked, and agreed in writing", people["rita"])
    tell(rita, "is given")
    assert "It was given, and counts when the study is decided again" in rita.content()
    say("rita let it go to research by the label that lifts the clause")
    rita.get_by_role("link", name="Studies", exact=True).click()
    rita.get_by_label("Patient ID").fill("GH-000417")
    rita.get_by_role("button", name="Search").click()
    assert rita.locator("a.uid").count() == 2
    rita.goto(BASE + "/holds/new")
    assert "You may not do that" in rita.content()
    say("rita may place no hold, and is told so")

    # Pictures: the browser has loaded them, and they are pictures.
    rita.goto(study)
    assert rita.locator(".pictures img").count() > 0
    shown = rita.request.get(BASE + rita.locator(".pictures img").first.get_attribute("src"))
    assert shown.headers["content-type"] == "image/png", shown.text()
    say("rita saw pictures")
    rita.goto(BASE + "/queue?audience=research")
    rita.locator("input[name=pick]").first.check()
    rita.get_by_role("button", name=re.compile("^Keep back")).click()
    rita.get_by_label("Reason, for all of them").fill("looked at the pictures: it stays")
    rita.get_by_role("button", name=re.compile("^Keep back: 1 study")).click()
    tell(rita, "It stays kept back")
    rita.goto(BASE + "/queue?state=kept")
    assert rita.locator("tbody tr").count() == 1
    say("rita kept one back, and it has left the open queue")
    rita.goto(BASE + "/queue?audience=research&pick=all")
    rita.get_by_role("button", name=re.compile("^Let go")).click()
    assert "Left out" in rita.content()
    say("rita was told what of several cannot be let go")

    vera = pages["vera"]
    vera.goto(study)
    assert "Valdis" not in vera.content() and "GH-000417" not in vera.content()
    say("vera sees the study and not the patient")
    vera.get_by_role("link", name="ask for a look in an emergency").click()
    vera.get_by_label("Reason: what the emergency is").fill("unconscious, no relatives")
    vera.get_by_label("Code from your authenticator").fill(people["vera"].code())
    vera.get_by_role("button", name="Ask for a look").click()
    tell(vera, "It is asked for")
    rita.goto(BASE + "/")
    rita.get_by_role("link", name=re.compile("wishes for a look")).click()
    rita.get_by_label("Code from your authenticator").fill(people["rita"].code())
    rita.get_by_role("button", name="Grant wish 1").click()
    tell(rita, "may look for 30 minutes")
    vera.goto(study)
    assert "you see the patient by" in vera.content() and "GH-000417" in vera.content()
    say("vera asked for a look in an emergency, rita granted it, vera sees the patient")

    lena, lars, lou = pages["lena"], pages["lars"], pages["lou"]
    lena.goto(study)
    lena.get_by_role("link", name="Place a hold on this study").click()
    lena.get_by_label("Matter: the case").fill("2026-117")
    lena.get_by_label("Custodian").fill("records office")
    lena.get_by_label("Authority").fill("district court")
    lena.get_by_label("Reason", exact=True).fill("a claim")
    lena.get_by_role("button", name="Place the hold").click()
    tell(lena, "in force")
    hold = lena.url
    say("lena placed a hold")
    reason(lena, "Why it is still needed", "It stays: record the review", "appeal pending")
    tell(lena, "its review is recorded")
    assert "two others release it" in lena.content()

    lars.goto(hold)
    reason(lars, "Why it is no longer needed", "Ask for the release", "settled", people["lars"])
    tell(lars, "is asked for")
    assert "somebody else approves it" in lars.content()
    say("lars asked for its release, and cannot approve it himself")
    lou.goto(BASE + "/")
    lou.get_by_role("link", name=re.compile("releases that wait")).click()
    assert lou.url == hold
    wrong = lou.locator("form", has=lou.get_by_role("button", name=re.compile("^Release hold")))
    lou.get_by_label("Why you agree").fill("I agree")
    wrong.get_by_label("Code from your authenticator").fill("000000")
    lou.get_by_role("button", name=re.compile("^Release hold")).click()
    assert "the code is not right" in lou.content()
    lou.goto(hold)
    reason(lou, "Why you agree", re.compile("^Release hold"), "I agree", people["lou"])
    tell(lou, "is released")
    say("lou gave a wrong code in vain, then the right one: the hold is released")

    lena.goto(hold)
    lena.get_by_role("link", name="Hand over what is held in this matter").click()
    lena.get_by_label("Reason: the order").fill("order of the court")
    lena.get_by_label("Go on where rule sets").check()
    lena.get_by_label("Code from your authenticator").fill(people["lena"].code())
    lena.get_by_role("button", name="Hand it over").click()
    for _ in range(240):
        if lena.get_by_text("digest of the bag").count():
            break
        assert "failed" not in lena.inner_text("#main"), lena.inner_text("#main")
        time.sleep(0.5)
        lena.goto(BASE + "/productions")
    lena.get_by_text(re.compile("^Verify")).first.click()
    lena.get_by_role("button", name=re.compile("^Verify production")).click()
    for _ in range(240):
        if lena.get_by_text("integrity").count():
            break
        time.sleep(0.5)
        lena.goto(BASE + "/productions")
    assert "FAIL" not in lena.inner_text("#main") and "ERROR" not in lena.inner_text("#main"), lena.inner_text("#main")
    say("lena handed over the matter, and verified it")

    lars.goto(BASE + "/rules")
    lars.get_by_role("link", name="Upload a candidate").click()
    candidate = pathlib.Path(RULES).read_text().replace('revision="', 'revision="9')
    lars.get_by_label("File: a bundle").set_input_files(
        files=[{"name": "site.xml", "mimeType": "text/xml", "buffer": candidate.encode()}])
    lars.get_by_role("button", name="Upload, check and compare").click()
    for _ in range(240):
        if lars.get_by_text("The last month, decided again").count():
            break
        time.sleep(0.5)
        lars.goto(BASE + "/rules/candidate")
    assert "That is proved" in lars.inner_text("#main"), lars.inner_text("#main")
    say("lars uploaded a candidate, and saw that it changes nothing")

    abel = pages["abel"]
    abel.get_by_role("link", name="Log", exact=True).click()
    for kind, actor in [("kept", "rita"), ("override-started", "vera"), ("produced", "lena"), ("verified", "lena"), ("released", "lou"), ("access-refused", "rita"), ("label-withdrawn", "rita"), ("logged-in", "vera")]:
        abel.get_by_label("What happened").select_option(kind)
        abel.get_by_label("Who, as the log").fill(actor)
        abel.get_by_role("button", name="Show").click()
        abel.locator("tbody a").first.click()
        assert actor in abel.content()
        abel.go_back()
    with abel.expect_download() as download:
        abel.get_by_role("button", name="Download").click()
    lines = pathlib.Path(download.value.path()).read_text().splitlines()
    assert all("hash" in json.loads(line) for line in lines) and "GH-000417" not in "".join(lines)
    say(f"abel found all of it on the log, and took {len(lines)} entries home")

    adam = pages["adam"]
    adam.get_by_role("link", name="Accounts").click()
    row = adam.locator("tr", has=adam.get_by_text("vera", exact=True).first)
    row.locator("summary", has_text="Disable").click()
    disabling = row.locator("form", has=adam.get_by_role("button", name="Disable vera"))
    disabling.get_by_label("Code from your authenticator").fill(people["adam"].code())
    disabling.get_by_role("button", name="Disable vera").click()
    tell(adam, "does not come in any more")
    vera.goto(BASE + "/")
    assert vera.url.startswith(BASE + "/login")
    say("adam disabled vera, who is out at once")
    return people, study, hold


def pictures(browser, people, study, hold):
    """Every page at three widths and in both colour schemes, with axe-core: what is wrong."""
    wrong = []
    axe = Axe()

    def look(page, name):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=OUT / f"{name}-{width}.png", full_page=True)
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                wrong.append(f"{name} at {width}: {over} pixels too wide")
            # Colours differ by scheme and not by width.
            for scheme in ["light", "dark"] if width == WIDTHS[-1] else ["light"]:
                page.emulate_media(color_scheme=scheme)
                found = axe.run(page, options={"runOnly": TAGS}).response["violations"]
                wrong.extend(
                    f"{name} at {width}, {scheme}: {one['id']} {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found)
            page.emulate_media(color_scheme="light")

    page = browser.new_context().new_page()
    page.set_default_timeout(60_000)
    messages = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(BASE + "/")
    look(page, "login")
    for name, paths in [
        ("lena", {"home": "/", "queue": "/queue", "rules": "/rules", "studies": "/studies?patient=GH-000417", "study": study[len(BASE):], "study-text": study[len(BASE):] + "?text=yes", "productions": "/productions",
                  "candidate": "/rules/candidate", "rules-try": "/rules/try", "queue-kept": "/queue?state=kept", "holds": "/holds?state=all",
                  "hold-released": hold[len(BASE):], "hold": "/holds/1", "hold-new": "/holds/new", "account": "/account",
                  "grants": "/break-glass?state=all", "log": "/log", "entry": "/log/1", "problem": "/nowhere"}),
        ("adam", {"operations": "/operations", "accounts": "/accounts", "study-without-patient": study[len(BASE):]}),
    ]:
        page.context.clear_cookies()
        sign_in(page, people[name], PASSWORD)
        for title, path in paths.items():
            page.goto(BASE + path)
            look(page, title)
        # By keyboard alone: the first stop leads past everything to the content.
        page.goto(BASE + "/studies")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
    # What the browser refused by the policy, other than what a missing page answers.
    wrong += [text for text in messages if "Content Security Policy" in text]
    return wrong


if __name__ == "__main__":
    gateway = pathlib.Path(FOLDER).parent / "gateway.xml"
    gateway.write_text(
        f"""<gateway xmlns="urn:cordon:gateway:1" id="demonstration">
        <site registry="{FOLDER}" rules="{RULES}" key="site.key" spool="spool"/>
        <dicom host="127.0.0.1" port="0" titles="CORDON"/>
        <peer id="ct" title="CT1" addresses="127.0.0.1" roles="send"/>
        <peer id="pacs" title="PACS" host="127.0.0.1" port="11113" roles="receive" audience="archive"/>
        <route id="everything"><to peer="pacs" audience="archive"/></route>
        </gateway>"""
    )
    # A gateway that has worked: it makes its journal when it starts.
    service = subprocess.Popen([CORDON, "gateway", "run", "--config", str(gateway)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for _ in range(240):
        if any((pathlib.Path(FOLDER).parent / "spool").glob("*.sqlite")) or service.poll() is not None:
            break
        time.sleep(0.5)
    service.terminate()
    try:
        service.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        service.kill()
        service.communicate()
    configuration = pathlib.Path(FOLDER).parent / "console.xml"
    configuration.write_text(
        f'<console xmlns="urn:cordon:console:1"><site registry="{FOLDER}" rules="{RULES}" gateway="{gateway}" productions="{FOLDER}-productions"/><listen port="0"/></console>')
    server = subprocess.Popen([CORDON, "console", "serve", "--config", str(configuration)], stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        BASE = re.search(r"http://\S+", line).group().rstrip("/")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            people, study, hold = tasks(browser)
            wrong = pictures(browser, people, study, hold)
            browser.close()
        for words in wrong:
            say("WRONG " + words)
        say(f"{len(list(OUT.glob('*.png')))} pictures, {len(wrong)} faults")
        sys.exit(1 if wrong else 0)
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            sys.exit("the console does not end when it is told to")
