//! The main job from end to end, with the hand a person has: the keyboard alone, or clicks without JavaScript.

use hipaa_auditor::demo::PASSWORD;
use thirtyfour::prelude::Key;

use crate::chromium::{Chromium, quoted};
use crate::demo::{Portal, Upload, upload};

/// How somebody uses the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    Keyboard,
    Mouse,
}

/// Somebody at a browser.
struct Person<'a> {
    browser: &'a Chromium,
    hand: Hand,
}

impl Person<'_> {
    /// Follows a link or presses a button that leads to another page.
    async fn open(&self, selector: &str) {
        match self.hand {
            Hand::Keyboard => self.browser.enter(selector).await,
            Hand::Mouse => self.browser.click(selector).await,
        }
    }

    /// Puts the focus on a control.
    async fn reach(&self, selector: &str) {
        match self.hand {
            Hand::Keyboard => self.browser.tab_to(selector).await,
            Hand::Mouse => self.browser.find(selector).await.click().await.expect("a control to click"),
        }
    }

    async fn write(&self, selector: &str, text: &str) {
        self.reach(selector).await;
        self.browser.press(text).await;
    }

    /// Chooses from a list by the letters an option begins with.
    async fn choose(&self, selector: &str, label: &str) {
        match self.hand {
            Hand::Keyboard => {
                self.browser.tab_to(selector).await;
                self.browser.press(label).await;
            }
            Hand::Mouse => {
                let options = self.browser.find(selector).await.find_all(thirtyfour::By::Tag("option")).await;
                for option in options.expect("options") {
                    if option.text().await.expect("its words").starts_with(label) {
                        option.click().await.expect("a choice");
                        break;
                    }
                }
            }
        }
        let chosen = format!("{selector} option:checked");
        let shown = self.browser.text(&chosen).await;
        assert!(shown.starts_with(label), "{selector} shows {shown:?}, not {label:?}");
    }

    async fn sign_in(&self, username: &str) {
        self.browser.go("/").await;
        self.write("#username", username).await;
        self.write("#password", PASSWORD).await;
        self.open("form button.pri").await;
        self.browser.wait_for(".side form[action='/sign-out']").await;
    }

    async fn sign_out(&self) {
        self.open(".side form[action='/sign-out'] button").await;
        assert_eq!(self.browser.text("h1").await, "Sign in");
    }

    /// Uploads an export and reads what became of it.
    async fn import(&self, upload: &Upload) {
        let browser = self.browser;
        self.open(".side a[href='/imports']").await;
        self.open("main a[href='/imports/new']").await;
        self.choose("#source", "Northfield Epic").await;
        if self.hand == Hand::Keyboard {
            browser.tab_to("#file").await;
        }
        let file = upload.file.display().to_string();
        browser.find("#file").await.send_keys(file).await.expect("a file");
        self.open("form.card button.pri").await;
        assert_eq!(browser.text("#toasts").await, "Import queued");
        match self.hand {
            // the part that changes is fetched again and again
            Hand::Keyboard => browser.wait_for_text("flags raised").await,
            Hand::Mouse => {
                while browser.has("#import progress").await {
                    browser.click("main .head a.btn").await;
                }
            }
        }
        let fact = async |name: &str| {
            let script = format!(
                "const f = [...document.querySelectorAll('.facts > div')].find((d) => d.querySelector('dt').textContent === {});
                 return f.querySelector('dd').firstChild.textContent.trim()",
                quoted(name)
            );
            browser.ask(&script).await.as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(fact("Read").await, upload.rows.to_string());
        assert_eq!(fact("Stored").await, "1", "the access of somebody who has left");
        assert_eq!(fact("Known").await, (upload.rows - 2).to_string(), "rows of an export that is here already");
        assert_eq!(fact("Rejected").await, "1");
        let rejected = browser.text("section[aria-labelledby='h-rejects'] tbody").await;
        assert!(rejected.starts_with(&upload.bad_line.to_string()), "names the line: {rejected}");
        assert!(rejected.contains("Time of access"), "names the column: {rejected}");
        assert!(rejected.contains("not written as the mapping says"), "names the reason: {rejected}");
        assert!(!rejected.contains("the day before yesterday"), "keeps nothing of the row: {rejected}");
        assert!(browser.text("#import footer").await.contains("1 case"), "{}", browser.text("#import footer").await);
        self.open("#import a.pri[href='/access-logs']").await;
    }

    /// Turns the case in the drawer into a finding, after trying it without what it needs. Returns the case's and the
    /// finding's path.
    async fn find(&self) -> (String, String) {
        let browser = self.browser;
        let case = browser.attribute("main input[name=case]", "value").await;
        self.write("#details", "The account was still open.").await;
        self.open("form.card button.pri").await;
        if self.hand == Hand::Keyboard {
            browser.wait_for_focus(".errsum").await;
        }
        assert!(browser.text(".errsum").await.starts_with("Check one answer"), "{}", browser.text(".errsum").await);
        assert_eq!(browser.value("#details").await, "The account was still open.", "what was typed is kept");
        self.write("#title", "Worked under the login of a former colleague").await;
        self.choose("#owner", "Tom").await;
        self.open("form.card button.pri").await;
        assert!(browser.text("#toasts").await.ends_with("created"), "{}", browser.text("#toasts").await);
        assert_eq!(browser.text("h1").await, "Worked under the login of a former colleague");
        let finding = browser.path().await;
        let case = format!("/access-logs/cases/{case}");
        self.open(&format!("section[aria-labelledby='h-cases'] a[href='{case}']")).await;
        self.open(&format!("main a[href='{finding}']")).await;
        assert_eq!(browser.path().await, finding);
        (case, finding)
    }

    /// The manager sees what was done, and is second on a case that a colleague decides meanwhile.
    async fn manage(&self, decided: &str, finding: &str) {
        let browser = self.browser;
        browser.go(decided).await;
        assert!(browser.text("section[aria-labelledby='decide']").await.contains("Appropriate"));
        self.open(".side a[href='/findings']").await;
        self.open(&format!("#list a[href='{finding}']")).await;

        self.open(".side a[href='/access-logs']").await;
        let case = browser.attribute("#rows a.idl", "href").await;
        let case = case.split("open=").nth(1).expect("a case").split('&').next().expect("its id");
        let case = format!("/access-logs/cases/{case}");
        browser.go(&case).await;
        self.fill_decision("Typed while somebody else decided").await;
        let first = browser.tab().await;
        browser.new_tab().await;
        browser.go(&case).await;
        self.fill_decision("Typed and sent").await;
        self.open("section[aria-labelledby='decide'] button.pri").await;
        assert!(browser.text("#toasts").await.contains("decided"));
        browser.switch_to(&first).await;
        self.open("section[aria-labelledby='decide'] button.pri").await;
        assert!(browser.text(".alert.a-crit").await.contains("Somebody else was first"));
        assert_eq!(browser.value("#note").await, "Typed while somebody else decided", "nothing typed is lost");
        if self.hand == Hand::Keyboard {
            browser.wait_for_focus(".alert.a-crit").await;
        }
    }

    async fn fill_decision(&self, note: &str) {
        self.choose("#disposition", "Appropriate").await;
        self.choose("#reason", "On the care team").await;
        self.write("#note", note).await;
    }

    /// The auditor takes the evidence along and can decide nothing.
    async fn audit(&self, portal: &Portal, decided: &str) {
        let browser = self.browser;
        browser.go(decided).await;
        assert!(!browser.has("form[action$='/decision']").await && !browser.has("form[action*='/reopening']").await);
        browser.go("/access-logs").await;
        match self.hand {
            Hand::Keyboard => browser.press("jo").await,
            Hand::Mouse => browser.click("#rows a.idl").await,
        }
        browser.wait_for("#drawer-h").await;
        assert!(!browser.has("form[action$='/decision']").await, "no decision in the drawer");
        assert!(!browser.has(".side a[href='/imports/new']").await);
        let cookies = browser.cookies().await;
        let rows = download(portal, &cookies, "/access-logs/rows.csv").await;
        assert_eq!(
            rows.0,
            "id,action_at,actor_kind,user_id,actor_identifier,facility,source_system,source_event_id,patient_id,resource_type,\
             resource_id,access_type,access_reason,outcome,source_ip,device_label,on_behalf_of,suspicious,flags,case,review_state,\
             disposition,reason_code,reviewed_by,reviewed_at,withdrawn,time_repeated"
        );
        assert!(rows.1.len() > 10_000, "every row of the engagement: {}", rows.1.len());
        let patients: Vec<&str> = rows.1.iter().map(|row| row[8].as_str()).filter(|id| !id.is_empty()).collect();
        assert!(
            !patients.is_empty() && patients.iter().all(|id| id.starts_with("PT-")),
            "pseudonyms: {:?}",
            &patients[..3]
        );
        let findings = download(portal, &cookies, "/findings.csv").await;
        assert!(findings.0.starts_with("id,number,title"), "{}", findings.0);
        assert_eq!(findings.1.len(), 1);
        let trail = download(portal, &cookies, "/audit.csv").await;
        assert!(trail.0.contains("action"), "{}", trail.0);
        assert!(
            trail.1.iter().any(|row| row.iter().any(|cell| cell == "access_log.list.export")),
            "it is in there itself"
        );
    }
}

/// Header and rows of an export, fetched with the browser's session.
async fn download(portal: &Portal, cookies: &str, path: &str) -> (String, Vec<Vec<String>>) {
    let request = reqwest::Client::new().get(format!("{}{path}", portal.base)).header("cookie", cookies);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    assert!(answer.headers()["content-type"].to_str().expect("words").starts_with("text/csv"));
    let text = answer.text().await.expect("a whole file");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().expect("a header").iter().collect::<Vec<_>>().join(",");
    let rows = reader.records().map(|row| row.expect("a row").iter().map(ToOwned::to_owned).collect()).collect();
    (header, rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_by_keyboard_alone() {
    let portal = Portal::start().await;
    let browser = Chromium::start(&portal.base).await;
    let me = Person { browser: &browser, hand: Hand::Keyboard };

    me.sign_in("coordinator").await;
    me.import(&upload(11)).await;

    browser.press("j").await;
    browser.wait_for_focus("#rows tr:nth-child(1) .idl").await;
    browser.press("j").await;
    browser.wait_for_focus("#rows tr:nth-child(2) .idl").await;
    browser.press("k").await;
    browser.wait_for_focus("#rows tr:nth-child(1) .idl").await;

    // the drawer opens beside the list, has an address, and closes to where it was opened
    browser.press("o").await;
    browser.wait_for_focus("#drawer-h").await;
    let open = browser.path().await;
    assert!(open.contains("open="), "the open case has an address: {open}");
    browser.press_key(Key::Escape).await;
    browser.wait_for_focus("#rows tr:nth-child(1) .idl").await;
    browser.until("the drawer is gone", "return document.querySelector('#drawer').hidden").await;
    assert_eq!(browser.path().await, "/access-logs");
    browser.press("o").await;
    browser.wait_for_focus("#drawer-h").await;
    let number = browser.text("#drawer header .id").await;
    let case = browser.attribute("form.dec", "action").await.replace("/decision", "");

    // the first time a reason is chosen, afterwards it is remembered
    decide(&browser, "On the care team", &number).await;
    let after = browser.text("#drawer header .id").await;
    assert!(!after.is_empty() && after != number, "the next case is open: {after}");
    assert!(!browser.has(&format!("#rows a[href*='{}']", case.rsplit('/').next().expect("an id"))).await);
    browser.turning(browser.press("z")).await;
    browser.wait_for_text(&format!("{number} is open again")).await;
    assert_eq!(browser.text("#drawer header .id").await, number);
    browser.press("a").await;
    browser.wait_for_focus("#reason").await;
    assert_eq!(browser.text("#reason option:checked").await, "On the care team", "the last reason is remembered");
    browser.turning(browser.press_key(Key::Enter)).await;
    browser.wait_for_text(&format!("{number} decided")).await;

    browser.turning(browser.press("e")).await;
    let (_, finding) = me.find().await;
    rows_append(&browser).await;
    me.sign_out().await;

    me.sign_in("manager").await;
    me.manage(&case, &finding).await;
    me.sign_out().await;
    me.sign_in("auditor").await;
    me.audit(&portal, &case).await;
    me.sign_out().await;
    browser.quit().await;
}

/// `a`, a reason, Enter.
async fn decide(browser: &Chromium, reason: &str, number: &str) {
    browser.press("a").await;
    browser.wait_for_focus("#reason").await;
    browser.press(reason).await;
    assert_eq!(browser.text("#reason option:checked").await, reason);
    browser.turning(browser.press_key(Key::Enter)).await;
    browser.wait_for_text(&format!("{number} decided")).await;
}

/// "Show 50 more" adds to the list, says so in the address and moves the focus to the first row it added.
async fn rows_append(browser: &Chromium) {
    browser.go("/access-logs/rows").await;
    browser.tab_to("a[data-more]").await;
    browser.press_key(Key::Enter).await;
    browser.until("50 more are there", "return document.querySelectorAll('#rows > tr').length === 100").await;
    browser.wait_for_focus("#rows > tr:nth-child(51) *").await;
    assert!(browser.path().await.contains("after="), "{}", browser.path().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_without_javascript() {
    let portal = Portal::start().await;
    let browser = Chromium::without_javascript(&portal.base).await;
    let me = Person { browser: &browser, hand: Hand::Mouse };

    me.sign_in("coordinator").await;
    assert!(!browser.has("html.js").await, "no script has run");
    me.import(&upload(12)).await;

    browser.click("#rows tr:nth-child(1) .idl").await;
    let number = browser.text("#drawer header .id").await;
    let case = browser.attribute("form.dec", "action").await.replace("/decision", "");
    decide_by_click(&me, &number).await;
    browser.click("#toasts button").await;
    browser.wait_for_text(&format!("{number} is open again")).await;
    decide_by_click(&me, &number).await;
    assert_ne!(browser.text("#drawer header .id").await, number, "the next case is open");

    browser.click("#drawer form.dec a.pri").await;
    let (_, finding) = me.find().await;
    browser.go("/access-logs/rows").await;
    browser.click("#pager a.btn").await;
    assert!(browser.path().await.contains("after="), "{}", browser.path().await);
    me.sign_out().await;

    me.sign_in("manager").await;
    me.manage(&case, &finding).await;
    me.sign_out().await;

    me.sign_in("auditor").await;
    me.audit(&portal, &case).await;
    me.sign_out().await;
    browser.quit().await;
}

async fn decide_by_click(me: &Person<'_>, number: &str) {
    me.choose("#reason", "On the care team").await;
    me.browser.click("form.dec button[value=appropriate]").await;
    me.browser.wait_for_text(&format!("{number} decided")).await;
}

/// Types into the sign-in form and sends it.
pub async fn try_to_sign_in(browser: &Chromium, username: &str, password: &str) {
    browser.go("/sign-in").await;
    browser.tab_to("#username").await;
    browser.press(username).await;
    browser.press_key(Key::Tab).await;
    browser.press(password).await;
    browser.turning(browser.press_key(Key::Enter)).await;
}

/// Signs in with the keyboard.
pub async fn sign_in(browser: &Chromium, username: &str, password: &str) {
    try_to_sign_in(browser, username, password).await;
    browser.wait_for(".side form[action='/sign-out']").await;
}

/// Sends a form that the page does not have.
pub async fn post(browser: &Chromium, path: &str, fields: &[(&str, &str)]) {
    let fields = serde_json::to_string(fields).expect("pairs");
    let script = format!(
        "const form = document.createElement('form');
         form.method = 'post'; form.action = {};
         for (const [name, value] of {fields}) {{
           const input = document.createElement('input');
           input.type = 'hidden'; input.name = name; input.value = value; form.append(input);
         }}
         document.body.append(form); form.submit();",
        quoted(path)
    );
    browser.turning(browser.ask(&script)).await;
}

/// Fills the form of a finding; the owner is the first there is.
pub async fn write_finding(browser: &Chromium, title: &str) {
    browser.tab_to("#title").await;
    browser.press(title).await;
    browser.tab_to("#owner").await;
    browser.press_key(Key::Down).await;
}
