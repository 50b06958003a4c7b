//! Where the demo's invented people get their names and addresses, and the dice that pick them.
//!
//! The dice are ours (`SplitMix64`, whole numbers only), so that a day's data stays the same, byte for
//! byte, whatever version of a random number crate or of a maths library a machine has.
//! Patients' surnames share no word with the staff's: a test that finds one downstream has found a leak.

/// A small deterministic random source.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice for one purpose: equal parts give equal throws, other parts give unrelated ones.
    #[must_use]
    pub fn new(parts: &[u64]) -> Self {
        let mut dice = Self(0x5EED_0F0A_D175_0001);
        for part in parts {
            dice.0 ^= part.wrapping_mul(0xD6E8_FEB8_6659_FD93);
            dice.0 = dice.next();
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % bound.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `per_mille` of a thousand throws.
    pub fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the items.
    ///
    /// # Panics
    /// If there are none.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// `median` stretched by a log-normal factor (its quantiles, sigma about 0.45), at least 1.
    pub fn around(&mut self, median: usize) -> usize {
        const PERCENT: [usize; 20] =
            [42, 52, 59, 65, 71, 76, 82, 87, 93, 98, 102, 108, 114, 121, 130, 140, 150, 161, 173, 186];
        ((median * self.pick(&PERCENT) + 50) / 100).max(1)
    }
}

/// Given names, for staff and patients alike.
pub const GIVEN: [&str; 72] = [
    "Abigail",
    "Adrian",
    "Alice",
    "Amara",
    "Andre",
    "Anita",
    "Arthur",
    "Beatriz",
    "Bridget",
    "Caleb",
    "Camila",
    "Cecil",
    "Chandra",
    "Clara",
    "Connor",
    "Dalia",
    "Damian",
    "Deborah",
    "Dmitri",
    "Edith",
    "Eduardo",
    "Elaine",
    "Emeka",
    "Erin",
    "Esther",
    "Farah",
    "Felix",
    "Fiona",
    "Gabriel",
    "Gloria",
    "Hannah",
    "Harold",
    "Imani",
    "Irene",
    "Isaac",
    "Jasmine",
    "Joel",
    "Josephine",
    "Karim",
    "Katya",
    "Keith",
    "Lamar",
    "Leila",
    "Leonard",
    "Lorraine",
    "Luis",
    "Mabel",
    "Malik",
    "Marguerite",
    "Miguel",
    "Miriam",
    "Nathan",
    "Nell",
    "Nikhil",
    "Olive",
    "Omar",
    "Patrice",
    "Philip",
    "Quentin",
    "Rachel",
    "Rafael",
    "Renee",
    "Roland",
    "Sadie",
    "Selma",
    "Stefan",
    "Tamsin",
    "Theo",
    "Uma",
    "Violet",
    "Warren",
    "Yusuf",
];

/// Surnames of staff who play no named part.
pub const STAFF_SURNAMES: [&str; 96] = [
    "Abbott", "Acosta", "Albrecht", "Amadi", "Archer", "Baird", "Barros", "Bellamy", "Bianchi", "Boyle", "Bragg",
    "Bristow", "Cabrera", "Callahan", "Carver", "Chaudhry", "Chen", "Conway", "Cordero", "Crane", "Dalton", "Desai",
    "Diaz", "Doyle", "Drummond", "Egan", "Eriksen", "Estrada", "Farrow", "Fitch", "Fontaine", "Gallo", "Garrity",
    "Ghosh", "Gomez", "Greer", "Gupta", "Hale", "Hanley", "Hart", "Hidalgo", "Hoang", "Holloway", "Hsu", "Ingram",
    "Jarvis", "Joshi", "Kaplan", "Kearney", "Kim", "Kowalski", "Lachance", "Lambert", "Larsen", "Leclair", "Levy",
    "Lopez", "Mahoney", "Malone", "Mathis", "Medina", "Mercer", "Molina", "Moreau", "Navarro", "Ng", "Nowak", "Obi",
    "Olsen", "Ortega", "Osborne", "Pacheco", "Park", "Patel", "Pereira", "Pham", "Pruitt", "Quinn", "Ramos", "Reyes",
    "Rinaldi", "Romero", "Rourke", "Salazar", "Sandoval", "Sato", "Schwartz", "Sharma", "Sheehan", "Singh", "Teague",
    "Torres", "Ueda", "Walsh", "Yates", "Zimmer",
];

const PATIENT_SURNAME_STARTS: [&str; 24] = [
    "Ald", "Ash", "Beck", "Bram", "Brigh", "Cal", "Cran", "Dun", "El", "Fen", "Gar", "Hather", "Kel", "Lang", "Mar",
    "Nor", "Oaken", "Pem", "Quill", "Rav", "Stan", "Thorn", "Under", "Wex",
];
const PATIENT_SURNAME_ENDS: [&str; 14] = [
    "berley", "bourne", "combe", "croft", "denholt", "farrick", "gravely", "hollis", "lowen", "mantle", "ridger",
    "sworthy", "thwaite", "wicken",
];
const STREETS: [&str; 18] = [
    "Alder Lane",
    "Canal Street",
    "Church Road",
    "Cooper Hill Road",
    "Elmwood Avenue",
    "Foundry Street",
    "Granary Row",
    "Harbor View Drive",
    "Juniper Court",
    "Ledge Road",
    "Mill Pond Way",
    "Old Post Road",
    "Orchard Terrace",
    "Quarry Road",
    "Sycamore Street",
    "Tannery Lane",
    "Union Square",
    "Willow Bend",
];
const TOWNS: [(&str, &str); 8] = [
    ("Northfield", "13290"),
    ("Riverside Falls", "13291"),
    ("Mesa Corners", "13293"),
    ("Lakeside", "13294"),
    ("East Harlow", "13296"),
    ("Granby Mills", "13297"),
    ("Cobb Hollow", "13298"),
    ("Pine Ferry", "13299"),
];

/// A patient's surname, of a kind no member of the staff has.
#[must_use]
pub fn patient_surname(dice: &mut Dice) -> String {
    let start = dice.pick(&PATIENT_SURNAME_STARTS);
    format!("{start}{}", dice.pick(&PATIENT_SURNAME_ENDS))
}

/// A home address: two lines, town, postal code.
#[must_use]
pub fn address(dice: &mut Dice) -> (String, String, &'static str, &'static str) {
    let line_1 = format!("{} {}", dice.between(2, 989), dice.pick(&STREETS));
    let line_2 = if dice.chance(220) { format!("Apt {}", dice.between(1, 48)) } else { String::new() };
    let (town, zip) = dice.pick(&TOWNS);
    (line_1, line_2, town, zip)
}

/// Lower case with accents taken off and everything but letters dropped, for logins and addresses.
#[must_use]
pub fn plain(name: &str) -> String {
    let fold = |letter: char| match letter {
        'á' | 'ä' | 'à' => 'a',
        'é' | 'è' => 'e',
        'ó' | 'ö' => 'o',
        other => other,
    };
    name.to_lowercase().chars().map(fold).filter(char::is_ascii_alphabetic).collect()
}
