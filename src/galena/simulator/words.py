"""The invented words of the market: names that belong to nobody."""

GIVEN_NAMES = [
    "Ada",
    "Alva",
    "Amos",
    "Anneke",
    "Arlo",
    "Beatriz",
    "Bram",
    "Calla",
    "Cato",
    "Celia",
    "Cyrus",
    "Dahlia",
    "Dario",
    "Edda",
    "Elio",
    "Enzo",
    "Esme",
    "Fenna",
    "Flor",
    "Gideon",
    "Greta",
    "Hale",
    "Hana",
    "Ines",
    "Ivo",
    "Jorah",
    "Juno",
    "Kai",
    "Keziah",
    "Lars",
    "Leda",
    "Lior",
    "Mabel",
    "Marek",
    "Mirela",
    "Nadia",
    "Nilo",
    "Odell",
    "Orla",
    "Otis",
    "Paz",
    "Petra",
    "Quill",
    "Rafe",
    "Reva",
    "Rhea",
    "Roan",
    "Sabine",
    "Silas",
    "Soren",
    "Tamsin",
    "Teo",
    "Thora",
    "Ulla",
    "Vada",
    "Vito",
    "Wren",
    "Xenia",
    "Yara",
    "Zane",
]

FAMILY_BEGINNINGS = (
    "Aber", "Ald", "Ash", "Barrow", "Beck", "Birch", "Brack", "Calver", "Carrow", "Cinder", "Cold", "Crag",
    "Della", "Dun", "East", "Elms", "Fair", "Fen", "Garrow", "Glass", "Grey", "Hallo", "Harrow", "Hazel",
    "Holm", "Iron", "Kestrel", "Lantern", "Lark", "Lind", "Marrow", "Mill", "Nether", "Oak", "Ostran",
    "Pell", "Quarring", "Ravens", "Redmay", "Rook", "Salt", "Sando", "Silver", "Stone", "Tarn", "Thistle",
    "Under", "Vanto", "Wex", "Whit", "Willow", "Yarrow",
)  # fmt: skip
"""With an ending they make the names of families."""

FAMILY_ENDINGS = (
    "bank", "beck", "berry", "bourne", "brook", "burn", "bury", "by", "comb", "croft", "dale", "dell",
    "den", "field", "ford", "gate", "grave", "ham", "hart", "hollow", "holt", "hurst", "land", "lea", "ley",
    "lock", "mere", "mill", "moor", "more", "nook", "ridge", "shaw", "side", "stead", "stone", "thorn",
    "tide", "vale", "wall", "ward", "water", "way", "well", "wick", "wood", "worth", "yard",
)  # fmt: skip
"""So many that few families of a market share a name."""

PLACE_WORDS = (
    "Amber", "Blue", "Cedar", "Copper", "Cross", "Dry", "Dusty", "Eagle", "Elk", "Fair", "Falcon", "Five",
    "Granite", "Heron", "High", "Hidden", "Honey", "Indigo", "Iron", "Juniper", "Lake", "Lone", "Long",
    "Maple", "Mesa", "North", "Oak", "Old", "Pecan", "Prairie", "Quail", "Red", "River", "Sand", "Silver",
    "Spring", "Summit", "Sun", "Three", "Trinity", "Twin", "West", "Wind",
)  # fmt: skip
"""What places and businesses are named after."""

PLACE_ENDINGS = (
    "Arch", "Basin", "Bend", "Bluff", "Branch", "Bridge", "Canyon", "Creek", "Crest", "Crossing", "Falls",
    "Field", "Fork", "Gap", "Gate", "Grove", "Harbor", "Hill", "Hollow", "Junction", "Lane", "Ledge",
    "Meadow", "Mill", "Oaks", "Pass", "Peak", "Pine", "Point", "Ranch", "Ridge", "Rock", "Run", "Shade",
    "Spur", "Stone", "Tower", "Trail", "Valley", "View", "Walk", "Well",
)  # fmt: skip
"""The second word of a place: few businesses of a market have the name of another."""

INDUSTRIES: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("HVAC service", ("Mechanical", "Heating & Air", "Climate"), 2.4),
    ("Plumbing", ("Plumbing", "Pipe & Drain"), 1.9),
    ("Dental laboratory", ("Dental Lab", "Dental Arts"), 1.6),
    ("Landscaping", ("Landscaping", "Grounds", "Lawn & Tree"), 1.1),
    ("Commercial printing", ("Print & Sign", "Press"), 1.4),
    ("Auto glass", ("Auto Glass", "Glass"), 1.2),
    ("Bakery", ("Bakery", "Bread Co"), 0.7),
    ("Industrial supply", ("Supply", "Pump & Supply", "Tool"), 3.2),
    ("Machine shop", ("Machine", "Precision"), 2.8),
    ("Restaurant", ("Grill", "Kitchen", "Cafe"), 0.9),
    ("Feed store", ("Feed", "Farm Supply"), 1.0),
    ("Trucking", ("Freight", "Hauling"), 3.6),
    ("Roofing", ("Roofing", "Exteriors"), 2.1),
    ("Veterinary clinic", ("Animal Clinic", "Pet Hospital"), 1.5),
)
"""Industry, words its businesses are named with, typical revenue in millions of USD."""

SUFFIXES = ("LLC", "Inc", "Co", "Ltd", "")

CITIES: tuple[tuple[str, str, str, float, float], ...] = (
    ("Fort Worth", "TX", "76102", 32.755, -97.331),
    ("Dallas", "TX", "75201", 32.781, -96.797),
    ("Plano", "TX", "75074", 33.020, -96.699),
    ("Denton", "TX", "76201", 33.215, -97.133),
    ("Arlington", "TX", "76010", 32.736, -97.108),
    ("Irving", "TX", "75060", 32.814, -96.949),
    ("Austin", "TX", "78701", 30.267, -97.743),
    ("Waco", "TX", "76701", 31.549, -97.147),
    ("Tulsa", "OK", "74103", 36.154, -95.993),
    ("Oklahoma City", "OK", "73102", 35.468, -97.516),
    ("Little Rock", "AR", "72201", 34.746, -92.289),
    ("Wichita", "KS", "67202", 37.687, -97.330),
)
"""City, state, ZIP code, latitude, longitude."""

AREA_CODES: dict[str, tuple[str, ...]] = {
    "TX": (
        "210", "214", "254", "281", "325", "346", "361", "409", "430", "432", "469", "512", "682", "713",
        "726", "737", "806", "817", "830", "832", "903", "915", "936", "940", "945", "956", "972", "979",
    ),
    "OK": ("405", "539", "572", "580", "918"),
    "AR": ("327", "479", "501", "870"),
    "KS": ("316", "620", "785", "913"),
}  # fmt: skip
"""The areas of the telephone network by state."""

AREA_CODES_ELSEWHERE = (
    "212", "213", "215", "216", "217", "218", "219", "220", "223", "224", "225", "228", "229", "231", "234", "239",
    "240", "248", "251", "252", "253", "256", "260", "262", "267", "269", "270", "272", "276", "279", "301", "302",
    "303", "304", "305", "307", "308", "309", "310", "312", "313", "314", "315", "317", "318", "319", "320", "321",
    "323", "330", "331", "332", "334", "336", "337", "339", "347", "351", "352", "360", "380", "385", "386", "401",
    "402", "404", "406", "407", "408", "410", "412", "413", "414", "415", "417", "419", "423", "424", "425", "434",
    "435", "440", "442", "443", "458", "463", "470", "475", "478", "480", "484", "502", "503", "504", "505", "507",
    "508", "509", "510", "513", "515", "516", "517", "518", "520", "530", "531", "534", "540", "541", "551", "559",
    "561", "562", "563", "567", "570", "571", "573", "574", "575", "585", "586", "601", "602", "603", "605", "606",
    "607", "608", "609", "610", "612", "614", "615", "616", "617", "618", "619", "623", "626", "628", "629", "630",
    "631", "636", "641", "646", "650", "651", "657", "660", "661", "662", "667", "669", "678", "681", "701", "702",
    "703", "704", "706", "707", "708", "712", "714", "715", "716", "717", "718", "719", "720", "724", "725", "727",
    "731", "732", "734", "740", "743", "747", "754", "757", "760", "762", "763", "765", "769", "770", "772", "773",
    "774", "775", "779", "781", "786", "801", "802", "803", "804", "805", "808", "810", "812", "813", "814", "815",
    "816", "818", "828", "831", "843", "845", "847", "848", "850", "854", "856", "857", "858", "859", "860", "862",
    "863", "864", "865", "872", "878", "901", "904", "906", "907", "908", "909", "910", "912", "914", "916", "917",
    "919", "920", "925", "928", "929", "930", "931", "934", "937", "938", "941", "947", "949", "951", "952", "954",
    "959", "970", "971", "973", "978", "980", "984", "985", "989",
)  # fmt: skip
"""Areas of other states: people keep the number they had before they moved."""

FICTIONAL_LINES = 100
"""In each area 555-0100 to 555-0199 are kept for stories, and ring at nobody's."""
