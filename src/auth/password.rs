//! Passwords: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane), off the async threads, two at a time.
//! An unknown account is verified against a hash of nobody's password, so that both answers take the same time.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::AppError;

/// Memory is 19 MiB a hash; two at once bound what sign-in can take.
static TURNS: Semaphore = Semaphore::const_new(2);

/// The hash of a password nobody has.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now(&crate::auth::password::random_token()).expect("constant parameters hash"));

fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("OWASP's parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Option<String> {
    hasher().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

/// The PHC string of a password.
///
/// # Errors
/// When hashing fails, which it does not.
pub async fn hash(password: String) -> Result<String, AppError> {
    let _turn = TURNS.acquire().await.map_err(|_| AppError::Internal("hashing is closed"))?;
    tokio::task::spawn_blocking(move || hash_now(&password))
        .await
        .ok()
        .flatten()
        .ok_or(AppError::Internal("hashing failed"))
}

/// Whether the password is the hash's. Without a hash the same work is done and the answer is no.
///
/// # Errors
/// When the work cannot be done.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, AppError> {
    let _turn = TURNS.acquire().await.map_err(|_| AppError::Internal("hashing is closed"))?;
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let fits =
            PasswordHash::new(&hash).is_ok_and(|parsed| hasher().verify_password(password.as_bytes(), &parsed).is_ok());
        fits && known
    })
    .await
    .map_err(|_| AppError::Internal("hashing failed"))
}

/// Makes the hash of nobody's password ahead of the first sign-in, which would else be the slow one.
pub fn warm_up() {
    LazyLock::force(&NOBODY);
}

/// The shortest password, in characters.
pub const SHORTEST: usize = 12;
/// The longest: a hash is not to be fed with megabytes.
const LONGEST: usize = 128;

/// Why a password cannot be taken, as a sentence for its field: its length, or that it is guessed too easily by somebody
/// who knows the person's own words.
#[must_use]
pub fn weakness(password: &str, own_words: &[&str]) -> Option<String> {
    match password.chars().count() {
        0 => return Some("Type a password.".to_owned()),
        1..SHORTEST => {
            return Some(format!("Use at least {SHORTEST} characters. Four or five unrelated words are good."));
        }
        SHORTEST..=LONGEST => {}
        _ => return Some(format!("Use at most {LONGEST} characters.")),
    }
    // a name is also its parts: "Ada Byrne" makes "byrne" a poor word
    let mut words: Vec<&str> = own_words.iter().flat_map(|words| words.split(['@', ' ', '.', '-', '_'])).collect();
    words.extend(own_words);
    words.retain(|word| word.len() > 1);
    // what is left without them has to carry the password: two of them in a row count as two unknown words otherwise
    let mut rest = password.to_lowercase();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in words.iter().filter(|word| word.len() > 2) {
        rest = rest.replace(&word.to_lowercase(), "");
    }
    if rest.chars().count() < SHORTEST / 2 {
        return Some("This is too easy to guess. Leave out your own name, number and address.".to_owned());
    }
    let judged = zxcvbn::zxcvbn(password, &words);
    if judged.score() >= zxcvbn::Score::Three {
        return None;
    }
    let advice = judged.feedback().map(ToString::to_string).unwrap_or_default();
    Some(format!("This is too easy to guess. {}", advice.trim()).trim_end().to_owned())
}

/// 256 random bits in hex: session tokens, generated passwords of roles.
#[must_use]
pub fn random_token() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::{hash, verify, weakness};

    #[test]
    fn a_password_is_long_enough_and_not_made_of_its_owners_words() {
        assert_eq!(weakness("quorum lantern oboe fjord", &["Ada Byrne"]), None);
        for weak in
            ["", "short", "password1234", "aaaaaaaaaaaaaaaa", "Adabyrne1985", "byrne-ada@cedar", &"long ".repeat(40)]
        {
            assert!(weakness(weak, &["Ada Byrne", "ada@cedar.example"]).is_some(), "{weak}");
        }
        let said = weakness("password1234", &[]).expect("weak");
        assert!(said.starts_with("This is too easy to guess. ") && said.len() > 40, "{said}");
    }

    #[actix_web::test]
    async fn a_password_fits_its_own_hash_only_and_nobody_has_none() {
        let stored = hash("correct horse battery".to_owned()).await.expect("hashes");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse battery".to_owned(), Some(stored.clone())).await.expect("verifies"));
        assert!(!verify("correct horse".to_owned(), Some(stored)).await.expect("verifies"));
        assert!(!verify("correct horse battery".to_owned(), None).await.expect("verifies"));
    }
}
