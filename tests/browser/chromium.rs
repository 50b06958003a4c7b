//! One Chromium per test, without a window, driven the way a person would: keys, clicks, and looking at the page.

use std::io::{BufRead as _, BufReader};
use std::process::{ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumCapabilities, LoggingPrefsLogLevel};

use crate::leash::Leashed;

/// How long a page may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running chromedriver; Chromium ends with it.
struct Chromedriver {
    _process: Leashed,
    url: String,
    /// Open while it runs, so that it can always write.
    _output: BufReader<ChildStdout>,
}

impl Chromedriver {
    fn start() -> Self {
        let mut process = Leashed::start(&["chromedriver", "--port=0", "--log-level=SEVERE"], |command| {
            command.stdout(Stdio::piped()).stderr(Stdio::null());
        });
        let mut output = BufReader::new(process.output());
        let mut line = String::new();
        let port = loop {
            line.clear();
            let read = output.read_line(&mut line).expect("chromedriver speaks");
            assert!(read > 0, "chromedriver did not start; script/setup --browser installs it");
            if let Some((_, port)) = line.trim().trim_end_matches('.').split_once("successfully on port ") {
                break port.to_owned();
            }
        };
        Self { _process: process, url: format!("http://127.0.0.1:{port}"), _output: output }
    }
}

/// A browser. Its parts end in the order they stand here.
pub struct Chromium {
    driver: WebDriver,
    base: String,
    _chromedriver: Chromedriver,
    _profile: TempDir,
}

impl Chromium {
    /// A browser with an empty profile, at a portal.
    pub async fn start(base: &str) -> Self {
        Self::with(base, true, &[]).await
    }

    /// The same with JavaScript switched off in its settings.
    pub async fn without_javascript(base: &str) -> Self {
        Self::with(base, false, &[]).await
    }

    /// The same with more arguments on its command line.
    pub async fn with(base: &str, javascript: bool, more: &[&str]) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let chromedriver = Chromedriver::start();
        let mut wishes = ChromiumCapabilities::new();
        wishes.set("browserName", "chrome").expect("a name");
        let user_data = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--lang=en-US",
            "--window-size=1440,900",
            user_data.as_str(),
        ];
        for argument in arguments.iter().chain(more) {
            wishes.add_arg(argument).expect("an argument");
        }
        if !javascript {
            let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
            wishes.add_experimental_option("prefs", off).expect("a preference");
        }
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a level");
        let driver = WebDriver::new(&chromedriver.url, wishes).await.expect("Chromium starts");
        let browser = Self { driver, base: base.to_owned(), _chromedriver: chromedriver, _profile: profile };
        browser.screen(1440, 900).await;
        browser.media("light").await;
        browser
    }

    /// Ends the browser the orderly way; a test that panics leaves it to the leash.
    pub async fn quit(self) {
        self.driver.quit().await.expect("Chromium ends");
    }

    /// The window's size, as the page sees it.
    pub async fn screen(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What the system prefers: light or dark, and always reduced motion.
    pub async fn media(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// A command of the browser's own protocol.
    pub async fn cdp(&self, method: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(method, parameters).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Opens an address of the portal.
    pub async fn go(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Path and query of the page.
    pub async fn path(&self) -> String {
        let url = self.driver.current_url().await.expect("an address");
        url.as_str().strip_prefix(&self.base).unwrap_or(url.as_str()).to_owned()
    }

    /// What a script returns. It runs through the driver, past the page's content security policy.
    pub async fn ask(&self, script: &str) -> Value {
        match self.try_ask(script).await {
            Ok(value) => value,
            Err(error) => panic!("{script}: {error}"),
        }
    }

    async fn try_ask(&self, script: &str) -> WebDriverResult<Value> {
        Ok(self.driver.execute(script, Vec::new()).await?.json().clone())
    }

    /// What a script passes to the function that is its last argument.
    pub async fn ask_later(&self, script: &str) -> Value {
        let answer = self.driver.execute_async(script, Vec::new()).await;
        answer.unwrap_or_else(|error| panic!("{script}: {error}")).json().clone()
    }

    /// The text of the first element that a selector names, empty if there is none.
    pub async fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({}).textContent.trim()", quoted(selector));
        self.try_ask(&script).await.ok().and_then(|text| text.as_str().map(squeezed)).unwrap_or_default()
    }

    /// Whether there is such an element.
    pub async fn has(&self, selector: &str) -> bool {
        !self.driver.find_all(By::Css(selector)).await.expect("a selector").is_empty()
    }

    /// An attribute of the first such element.
    pub async fn attribute(&self, selector: &str, name: &str) -> String {
        self.find(selector).await.attr(name).await.expect("an element").unwrap_or_default()
    }

    /// What stands in a field.
    pub async fn value(&self, selector: &str) -> String {
        self.find(selector).await.prop("value").await.expect("a field").unwrap_or_default()
    }

    pub async fn find(&self, selector: &str) -> WebElement {
        self.wait_for(selector).await;
        self.driver.find(By::Css(selector)).await.expect("it was just there")
    }

    /// Waits until there is such an element.
    pub async fn wait_for(&self, selector: &str) {
        let script = format!("return document.querySelector({}) !== null", quoted(selector));
        self.until(&format!("there is {selector}"), &script).await;
    }

    /// Waits until the focus is on such an element.
    pub async fn wait_for_focus(&self, selector: &str) {
        let script = format!("return document.activeElement.matches({})", quoted(selector));
        self.until(&format!("the focus is on {selector}"), &script).await;
    }

    /// Waits until the page is complete and shows a text.
    pub async fn wait_for_text(&self, text: &str) {
        let script = format!(
            "return document.readyState === 'complete' && document.body.innerText.replace(/\\s+/g, ' ').includes({})",
            quoted(text)
        );
        self.until(&format!("the page says {text:?}"), &script).await;
    }

    /// Waits until a script returns true.
    pub async fn until(&self, what: &str, script: &str) {
        let begun = Instant::now();
        loop {
            // while one page gives way to the next, a script may fail
            if self.try_ask(script).await.is_ok_and(|value| value == true) {
                return;
            }
            if begun.elapsed() > PATIENCE {
                let page = "const a = document.activeElement; \
                            return [a.outerHTML.slice(0, 300), document.body.innerText.slice(0, 1500)].join('\\n---\\n')";
                let page = self.try_ask(page).await.map(|page| page.as_str().unwrap_or_default().to_owned());
                panic!("not in {PATIENCE:?}: {what}, at {}:\n{}", self.path().await, page.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Presses keys where the focus is.
    pub async fn press(&self, keys: impl Into<String>) {
        self.driver.action_chain().send_keys(keys.into()).perform().await.expect("keys");
    }

    /// Presses a key that has no letter.
    pub async fn press_key(&self, key: Key) {
        self.press(key.value().to_string()).await;
    }

    /// Presses a key while Shift is held.
    pub async fn press_with_shift(&self, key: &str) {
        let chain = self.driver.action_chain().key_down(Key::Shift).send_keys(key).key_up(Key::Shift);
        chain.perform().await.expect("keys");
    }

    /// Presses Tab until the focus is on such an element. Every stop on the way must be seen.
    pub async fn tab_to(&self, selector: &str) {
        self.wait_for(selector).await;
        let look = format!(
            "const e = document.activeElement, r = e.getBoundingClientRect();
             if (e.matches({})) return 'there';
             const seen = e === document.body || (r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth);
             return seen ? 'on' : 'out of sight: ' + e.outerHTML.slice(0, 200);",
            quoted(selector)
        );
        for _ in 0..400 {
            let at = self.ask(&look).await;
            match at.as_str().unwrap_or_default() {
                "there" => return,
                "on" => self.press_key(Key::Tab).await,
                other => panic!("on the way to {selector} the focus is {other}"),
            }
        }
        panic!("{selector} cannot be reached with Tab, at {}", self.path().await);
    }

    /// Runs an act that leads to another page, and waits until that one is complete.
    pub async fn turning<T>(&self, act: impl Future<Output = T>) -> T {
        let before = self.page_id().await;
        let value = act.await;
        let script = format!("return document.readyState === 'complete' && performance.timeOrigin !== {before}");
        self.until("another page has loaded", &script).await;
        value
    }

    async fn page_id(&self) -> Value {
        self.ask("return performance.timeOrigin").await
    }

    /// Opens an element that leads to another page: Tab to it and Enter.
    pub async fn enter(&self, selector: &str) {
        self.tab_to(selector).await;
        self.turning(self.press_key(Key::Enter)).await;
    }

    /// Clicks an element that leads to another page.
    pub async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        // what stands under the bar that stays on top is in the window, and cannot be clicked there
        let middle = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})";
        let argument = element.to_json().expect("an element");
        self.driver.execute(middle, vec![argument]).await.expect("it scrolls");
        self.turning(async { element.click().await.unwrap_or_else(|error| panic!("{selector}: {error}")) }).await;
    }

    /// A second tab; the first stays where it is.
    pub async fn new_tab(&self) -> WindowHandle {
        let tab = self.driver.new_tab().await.expect("a tab");
        self.driver.switch_to_window(tab.clone()).await.expect("the tab");
        tab
    }

    pub async fn tab(&self) -> WindowHandle {
        self.driver.window().await.expect("a tab")
    }

    pub async fn switch_to(&self, tab: &WindowHandle) {
        self.driver.switch_to_window(tab.clone()).await.expect("the tab");
    }

    /// The cookies, as a request sends them.
    pub async fn cookies(&self) -> String {
        let cookies = self.driver.get_all_cookies().await.expect("cookies");
        cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect::<Vec<_>>().join("; ")
    }

    pub async fn forget_cookies(&self) {
        self.driver.delete_all_cookies().await.expect("no cookies");
    }

    /// What the console and the browser itself have said since the last time: level, source and message.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.expect("a log");
        entries
            .into_iter()
            .map(|entry| format!("{} {}: {}", entry.level, entry.source.unwrap_or_default(), entry.message))
            .collect()
    }

    /// A picture of the window.
    pub async fn picture(&self, file: &std::path::Path) {
        self.driver.screenshot(file).await.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

/// A string of a script.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
