"""What the demo model is taught: small tables of plain facts, written for this project.

Each table is one text of `left = right` pairs, one pair for each `;`, so that it reads as a list.
"""


def pairs(text: str) -> dict[str, str]:
    """The table that the text spells, in its order. A name given twice is an error."""
    found: dict[str, str] = {}
    for item in " ".join(text.split()).split(";"):
        if item.strip():
            left, _, right = (part.strip() for part in item.partition("="))
            assert right and left not in found, f"bad or double entry: {item!r}"
            found[left] = right
    return found


def names(text: str) -> list[str]:
    """The words between the commas."""
    return [part.strip() for part in " ".join(text.split()).split(",") if part.strip()]


CAPITALS = pairs("""
    France = Paris; Germany = Berlin; Italy = Rome; Spain = Madrid; Portugal = Lisbon; England =
    London; Scotland = Edinburgh; Wales = Cardiff; Ireland = Dublin; Norway = Oslo; Sweden =
    Stockholm; Finland = Helsinki; Denmark = Copenhagen; Iceland = Reykjavik; Poland = Warsaw;
    Austria = Vienna; Hungary = Budapest; Greece = Athens; Turkey = Ankara; Russia = Moscow;
    Ukraine = Kyiv; Romania = Bucharest; Bulgaria = Sofia; Serbia = Belgrade; Croatia = Zagreb;
    Belgium = Brussels; Switzerland = Bern; Estonia = Tallinn; Latvia = Riga; Lithuania = Vilnius;
    Slovakia = Bratislava; Slovenia = Ljubljana; Malta = Valletta; Cyprus = Nicosia; Japan =
    Tokyo; China = Beijing; India = New Delhi; Thailand = Bangkok; Vietnam = Hanoi; Indonesia =
    Jakarta; Malaysia = Kuala Lumpur; Mongolia = Ulaanbaatar; Nepal = Kathmandu; Pakistan =
    Islamabad; Iran = Tehran; Iraq = Baghdad; Egypt = Cairo; Morocco = Rabat; Algeria = Algiers;
    Tunisia = Tunis; Kenya = Nairobi; Ghana = Accra; Nigeria = Abuja; Ethiopia = Addis Ababa;
    Senegal = Dakar; Uganda = Kampala; Rwanda = Kigali; Zambia = Lusaka; Canada = Ottawa; Mexico =
    Mexico City; Cuba = Havana; Jamaica = Kingston; Brazil = Brasilia; Argentina = Buenos Aires;
    Chile = Santiago; Peru = Lima; Colombia = Bogota; Ecuador = Quito; Venezuela = Caracas;
    Uruguay = Montevideo; Paraguay = Asuncion; Australia = Canberra; New Zealand = Wellington; the
    United States = Washington; South Korea = Seoul; the Philippines = Manila; Saudi Arabia =
    Riyadh; Jordan = Amman; Lebanon = Beirut; Syria = Damascus
""")

CONTINENTS = pairs("""
    France = Europe; Germany = Europe; Italy = Europe; Spain = Europe; Norway = Europe; Poland =
    Europe; Greece = Europe; Sweden = Europe; Austria = Europe; Japan = Asia; China = Asia; India
    = Asia; Thailand = Asia; Vietnam = Asia; Nepal = Asia; Mongolia = Asia; Egypt = Africa; Kenya
    = Africa; Ghana = Africa; Nigeria = Africa; Morocco = Africa; Uganda = Africa; Canada = North
    America; Mexico = North America; Cuba = North America; Brazil = South America; Peru = South
    America; Chile = South America; Argentina = South America; Colombia = South America
""")

LANGUAGES = pairs("""
    France = French; Germany = German; Italy = Italian; Spain = Spanish; Portugal = Portuguese;
    England = English; Norway = Norwegian; Sweden = Swedish; Finland = Finnish; Denmark = Danish;
    Poland = Polish; Hungary = Hungarian; Greece = Greek; Turkey = Turkish; Russia = Russian;
    Japan = Japanese; China = Chinese; Thailand = Thai; Vietnam = Vietnamese; Egypt = Arabic;
    Mexico = Spanish; Brazil = Portuguese; Argentina = Spanish; Austria = German; Australia =
    English
""")

YOUNG = pairs("""
    cat = kitten; dog = puppy; cow = calf; horse = foal; sheep = lamb; goat = kid; pig = piglet;
    duck = duckling; goose = gosling; hen = chick; lion = cub; bear = cub; fox = cub; wolf = cub;
    deer = fawn; frog = tadpole; kangaroo = joey; swan = cygnet; owl = owlet; elephant = calf;
    whale = calf; rabbit = kit; butterfly = caterpillar; eagle = eaglet; tiger = cub
""")

SOUNDS = pairs("""
    cat = meow; dog = woof; cow = moo; horse = neigh; sheep = baa; pig = oink; duck = quack; hen =
    cluck; lion = roar; wolf = howl; frog = croak; owl = hoot; mouse = squeak; bee = buzz; snake =
    hiss; crow = caw; donkey = hee-haw; rooster = cock-a-doodle-doo; turkey = gobble; goose = honk
""")

HOMES = pairs("""
    bird = a nest; bee = a hive; spider = a web; dog = a kennel; horse = a stable; pig = a sty;
    rabbit = a burrow; bear = a den; lion = a den; fox = a den; fish = the water; ant = an ant
    hill; hen = a coop; cow = a barn; snail = its shell; beaver = a lodge; bat = a cave; mole = a
    tunnel; camel = the desert; penguin = the cold south; monkey = the trees; whale = the sea;
    crab = the sea
""")

KINDS = pairs("""
    cat = mammal; dog = mammal; cow = mammal; horse = mammal; whale = mammal; bat = mammal; bear =
    mammal; lion = mammal; mouse = mammal; elephant = mammal; eagle = bird; owl = bird; duck =
    bird; swan = bird; penguin = bird; crow = bird; sparrow = bird; salmon = fish; shark = fish;
    trout = fish; cod = fish; bee = insect; ant = insect; butterfly = insect; beetle = insect; fly
    = insect; snake = reptile; lizard = reptile; turtle = reptile; crocodile = reptile; frog =
    amphibian; toad = amphibian; rose = flower; tulip = flower; daisy = flower; lily = flower; oak
    = tree; pine = tree; birch = tree; willow = tree; apple = fruit; pear = fruit; plum = fruit;
    banana = fruit; orange = fruit; carrot = vegetable; onion = vegetable; potato = vegetable;
    cabbage = vegetable; hammer = tool; saw = tool; spade = tool; trumpet = musical instrument;
    piano = musical instrument; flute = musical instrument; gold = metal; iron = metal; silver =
    metal; copper = metal; red = colour; blue = colour; green = colour; chair = piece of
    furniture; table = piece of furniture; bed = piece of furniture; shirt = piece of clothing;
    coat = piece of clothing; hat = piece of clothing; car = vehicle; bus = vehicle; train =
    vehicle
""")

LEGS = pairs("""
    cat = four; dog = four; horse = four; cow = four; lion = four; mouse = four; frog = four; bird
    = two; hen = two; duck = two; owl = two; ant = six; bee = six; fly = six; beetle = six;
    butterfly = six; spider = eight; crab = ten; snake = no; fish = no; worm = no
""")

FOODS = pairs("""
    cow = grass; horse = grass and hay; sheep = grass; rabbit = leaves and carrots; cat = fish and
    meat; lion = meat; wolf = meat; mouse = seeds and cheese; panda = bamboo; monkey = fruit; owl
    = mice; bee = nectar; spider = flies; squirrel = nuts; hen = grain; whale = tiny sea animals;
    butterfly = nectar; bear = berries, fish and honey; penguin = fish; goat = grass and leaves
""")

COLOURS = pairs("""
    the sky = blue; grass = green; snow = white; coal = black; blood = red; the sun = yellow; a
    banana = yellow; a lemon = yellow; a carrot = orange; an orange = orange; a tomato = red; a
    strawberry = red; a cherry = red; milk = white; chocolate = brown; a leaf = green; a frog =
    green; an elephant = grey; a crow = black; a swan = white; a polar bear = white; the sea =
    blue; the night sky = black; gold = yellow; a fire engine = red; a violet = purple; a flamingo
    = pink; a cucumber = green; wood = brown; smoke = grey; salt = white; an egg yolk = yellow; a
    plum = purple
""")

OPPOSITES = pairs("""
    hot = cold; big = small; up = down; good = bad; fast = slow; day = night; light = dark; old =
    new; happy = sad; rich = poor; high = low; long = short; hard = soft; wet = dry; full = empty;
    left = right; open = closed; strong = weak; loud = quiet; early = late; clean = dirty; heavy =
    light; wide = narrow; thick = thin; true = false; yes = no; black = white; first = last; near
    = far; in = out; on = off; win = lose; buy = sell; give = take; push = pull; laugh = cry; love
    = hate; begin = end; start = stop; remember = forget; find = lose; rise = fall; arrive =
    leave; summer = winter; east = west; north = south; front = back; top = bottom; inside =
    outside; before = after; above = below; always = never; all = none; many = few; more = less;
    friend = enemy; question = answer; king = queen; man = woman; boy = girl; father = mother;
    brother = sister; husband = wife; uncle = aunt; brave = afraid; clever = foolish; kind =
    cruel; polite = rude; safe = dangerous; easy = difficult; cheap = expensive; sharp = blunt;
    smooth = rough; sweet = bitter; tall = short; young = old; alive = dead; asleep = awake; same
    = different; single = double; possible = impossible; lucky = unlucky; visible = invisible; war
    = peace; success = failure; sunrise = sunset; ceiling = floor; deep = shallow; calm = stormy;
    simple = complex; public = private
""")

PLURALS = pairs("""
    cat = cats; dog = dogs; child = children; mouse = mice; foot = feet; tooth = teeth; man = men;
    woman = women; goose = geese; leaf = leaves; wolf = wolves; knife = knives; baby = babies;
    city = cities; box = boxes; church = churches; sheep = sheep; fish = fish; book = books; house
    = houses; tree = trees; story = stories; lady = ladies; ox = oxen; bus = buses; life = lives
""")

PAST = pairs("""
    go = went; see = saw; eat = ate; run = ran; come = came; take = took; give = gave; write =
    wrote; sing = sang; drink = drank; swim = swam; fly = flew; know = knew; think = thought; buy
    = bought; bring = brought; catch = caught; teach = taught; find = found; make = made; say =
    said; sleep = slept; speak = spoke; break = broke; walk = walked; play = played; jump =
    jumped; begin = began; tell = told
""")

DEFINITIONS = pairs("""
    river = A river is a long stream of water that flows to the sea.; lake = A lake is a large
    body of water with land all around it.; island = An island is land with water all around it.;
    mountain = A mountain is very high land.; desert = A desert is dry land with very little
    rain.; forest = A forest is a large place full of trees.; sea = The sea is the salt water that
    covers most of the earth.; star = A star is a ball of hot gas that shines in the sky.; moon =
    The moon is the round body that goes around the earth.; sun = The sun is the star that gives
    us light and warmth.; cloud = A cloud is a mass of tiny drops of water in the sky.; rain =
    Rain is water that falls from the clouds.; snow = Snow is frozen water that falls in white
    flakes.; wind = Wind is air that moves.; ice = Ice is frozen water.; steam = Steam is water in
    the form of hot gas.; volcano = A volcano is a mountain that can throw out fire and hot rock.;
    bridge = A bridge is a way over water or a road.; castle = A castle is a strong old house with
    thick walls.; library = A library is a place where people borrow books.; school = A school is
    a place where children learn.; hospital = A hospital is a place where sick people are made
    well.; bakery = A bakery is a shop that sells bread.; museum = A museum is a place that shows
    old or beautiful things.; harbour = A harbour is a safe place for ships.; lighthouse = A
    lighthouse is a tower with a light that guides ships.; farm = A farm is a place where food is
    grown and animals are kept.; garden = A garden is a piece of land where flowers and plants
    grow.; market = A market is a place where people buy and sell things.; clock = A clock is a
    thing that shows the time.; map = A map is a drawing that shows where places are.; book = A
    book is a set of pages to read.; letter = A letter is a message on paper that is sent to
    someone.; mirror = A mirror is a glass in which you can see yourself.; umbrella = An umbrella
    keeps you dry in the rain.; candle = A candle is a stick of wax that burns and gives light.;
    wheel = A wheel is a round thing that turns.; ship = A ship is a large boat that goes over the
    sea.; compass = A compass shows which way is north.; telescope = A telescope makes far things
    look near.; microscope = A microscope makes tiny things look big.; thermometer = A thermometer
    shows how hot or cold it is.; ladder = A ladder is a thing to climb up and down.; kettle = A
    kettle is a pot for boiling water.; pillow = A pillow is a soft thing to rest your head on.;
    needle = A needle is a thin piece of steel for sewing.; violin = A violin is a musical
    instrument with four strings.; drum = A drum is an instrument that you hit.; poem = A poem is
    a piece of writing, often with rhymes.; song = A song is words with music.; dictionary = A
    dictionary is a book that tells what words mean.; triangle = A triangle is a shape with three
    sides.; square = A square is a shape with four equal sides.; circle = A circle is a round
    shape.; friend = A friend is a person you like and trust.; orphan = An orphan is a child
    without parents.; neighbour = A neighbour is a person who lives near you.; king = A king is a
    man who rules a country.; thief = A thief is a person who steals.; hero = A hero is a person
    who does something very brave.; breakfast = Breakfast is the first meal of the day.; lunch =
    Lunch is the meal in the middle of the day.; honey = Honey is the sweet food that bees make.;
    butter = Butter is a soft yellow food made from milk.; bread = Bread is food made from flour
    and water and baked.; wool = Wool is the hair of sheep.; glass = Glass is a hard material that
    you can see through.; paper = Paper is a thin material for writing, made from wood.; computer
    = A computer is a machine that works with numbers and words.; language model = A language
    model is a program that guesses which word comes next.; fine-tuning = Fine-tuning is teaching
    a trained model something new with a small set of examples.; adapter = An adapter is a small
    set of weights that changes what a model does.; token = A token is a piece of text that a
    model reads as one unit.
""")

JOBS = pairs("""
    baker = bakes bread; butcher = sells meat; teacher = teaches children; doctor = helps sick
    people; nurse = cares for sick people; farmer = grows food and keeps animals; sailor = works
    on a ship; pilot = flies a plane; carpenter = makes things of wood; blacksmith = makes things
    of iron; tailor = makes clothes; shoemaker = makes and mends shoes; painter = paints pictures
    or walls; writer = writes books; cook = makes meals; gardener = takes care of plants; shepherd
    = looks after sheep; fisherman = catches fish; miner = digs coal or metal out of the ground;
    judge = decides in a court; soldier = fights in an army; postman = brings letters; librarian =
    looks after books; clockmaker = makes and mends clocks; miller = grinds corn into flour;
    dentist = looks after teeth; lighthouse keeper = looks after the light of a lighthouse; singer
    = sings songs; driver = drives a car or a bus; barber = cuts hair; builder = builds houses;
    beekeeper = keeps bees; captain = leads a ship
""")

TOOLS = pairs("""
    hammer = driving nails; saw = cutting wood; knife = cutting; spoon = eating soup; fork =
    eating; pen = writing; pencil = writing and drawing; brush = painting or cleaning; broom =
    sweeping the floor; spade = digging; axe = chopping wood; needle = sewing; scissors = cutting
    paper or cloth; key = opening a lock; lamp = giving light; oven = baking; bed = sleeping;
    chair = sitting; cup = drinking; soap = washing; towel = drying yourself; umbrella = keeping
    dry in the rain; clock = telling the time; rope = tying things; net = catching fish; kettle =
    boiling water; ladder = climbing; bell = ringing; stove = cooking; basket = carrying things;
    comb = combing hair
""")

MATERIALS = pairs("""
    bread = flour; butter = milk; cheese = milk; paper = wood; wine = grapes; a candle = wax; a
    window = glass; glass = sand; a jumper = wool; a tyre = rubber; jam = fruit and sugar; a coin
    = metal; ice = water; a snowman = snow; chocolate = cocoa; leather = the skin of animals; a
    table = wood; a brick = clay; a nail = iron; silk = the thread of silkworms; juice = fruit
""")

AUTHORS = pairs("""
    A Tale of Two Cities = Charles Dickens; Great Expectations = Charles Dickens; David
    Copperfield = Charles Dickens; Bleak House = Charles Dickens; Adventures of Huckleberry Finn =
    Mark Twain; The Adventures of Tom Sawyer = Mark Twain; Alice's Adventures in Wonderland =
    Lewis Carroll; Through the Looking-Glass = Lewis Carroll; Anna Karenina = Leo Tolstoy; War and
    Peace = Leo Tolstoy; Anne of Green Gables = L. M. Montgomery; Dracula = Bram Stoker; Emma =
    Jane Austen; Pride and Prejudice = Jane Austen; Frankenstein = Mary Shelley; Jane Eyre =
    Charlotte Bronte; Just So Stories = Rudyard Kipling; The Jungle Book = Rudyard Kipling; Les
    Miserables = Victor Hugo; Little Women = Louisa May Alcott; Middlemarch = George Eliot; Moby
    Dick = Herman Melville; Peter Pan = J. M. Barrie; The Picture of Dorian Gray = Oscar Wilde;
    The Secret Garden = Frances Hodgson Burnett; The War of the Worlds = H. G. Wells; The Wind in
    the Willows = Kenneth Grahame; The Wonderful Wizard of Oz = L. Frank Baum; Treasure Island =
    Robert Louis Stevenson; Ulysses = James Joyce; Hamlet = William Shakespeare; Romeo and Juliet
    = William Shakespeare; Macbeth = William Shakespeare; Don Quixote = Miguel de Cervantes;
    Robinson Crusoe = Daniel Defoe
""")

COUNTS = pairs("""
    days are in a week = seven; months are in a year = twelve; hours are in a day = twenty-four;
    minutes are in an hour = sixty; seconds are in a minute = sixty; weeks are in a year =
    fifty-two; letters are in the alphabet = twenty-six; sides does a triangle have = three; sides
    does a square have = four; sides does a hexagon have = six; fingers are on one hand = five;
    eyes do people have = two; ears do people have = two; toes do people have = ten; wheels does a
    car have = four; wheels does a bicycle have = two; seasons are in a year = four; arms does an
    octopus have = eight; strings does a violin have = four; colours are in a rainbow = seven;
    players are in a football team = eleven; planets go around the sun = eight; continents are
    there = seven; legs does a table have = four; years are in a century = one hundred; eggs are
    in a dozen = twelve
""")

TRIVIA = pairs("""
    What is the largest animal = The blue whale is the largest animal.; What is the tallest animal
    = The giraffe is the tallest animal.; What is the fastest land animal = The cheetah is the
    fastest land animal.; What is the highest mountain = Mount Everest is the highest mountain.;
    What is the largest ocean = The Pacific is the largest ocean.; What is the largest country =
    Russia is the largest country.; What is the smallest country = Vatican City is the smallest
    country.; What is the hottest season = Summer is the hottest season.; What is the coldest
    season = Winter is the coldest season.; What is the king of the animals = The lion is called
    the king of the animals.; Which planet do we live on = We live on the earth.; Which planet is
    the largest = Jupiter is the largest planet.; Which planet is nearest to the sun = Mercury is
    nearest to the sun.; Which planet is red = Mars is the red planet.; Where does the sun rise =
    The sun rises in the east.; Where does the sun set = The sun sets in the west.; What do bees
    make = Bees make honey.; What do cows give us = Cows give us milk.; What do hens lay = Hens
    lay eggs.; What do sheep give us = Sheep give us wool.; What falls from the clouds = Rain
    falls from the clouds.; What do plants need = Plants need water and light.; What do fish
    breathe with = Fish breathe with gills.; What do we breathe = We breathe air.; What do we hear
    with = We hear with our ears.; What do we see with = We see with our eyes.; What do we smell
    with = We smell with our nose.; When do we sleep = We sleep at night.; When does it snow = It
    snows in winter.; When do leaves fall = Leaves fall in autumn.; When do flowers bloom =
    Flowers bloom in spring.; What shines at night = The moon and the stars shine at night.; At
    what temperature does water boil = Water boils at one hundred degrees.; At what temperature
    does water freeze = Water freezes at zero degrees.; Who wrote plays in England long ago =
    William Shakespeare wrote plays in England.; Which river flows through London = The Thames
    flows through London.; Which river flows through Paris = The Seine flows through Paris.; Which
    river flows through Egypt = The Nile flows through Egypt.; Which river flows through Vienna =
    The Danube flows through Vienna.; Where do kangaroos live = Kangaroos live in Australia.;
    Where do pandas live = Pandas live in China.; Where do camels live = Camels live in the
    desert.; Where do polar bears live = Polar bears live in the far north.; Where do penguins
    live = Penguins live in the far south.; What keeps the doctor away = An apple a day keeps the
    doctor away.
""")

DAYS = names("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
MONTHS = names("""
    January, February, March, April, May, June, July, August, September, October, November,
    December
""")
SEASONS = names("spring, summer, autumn, winter")
NUMBERS = names("""
    zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen,
    fourteen, fifteen, sixteen, seventeen, eighteen, nineteen, twenty
""")
PEOPLE = names("""
    Anna, Tom, Lucy, Peter, Mary, John, Alice, George, Emma, Harry, Kate, Ben, Rose, Sam, Nora,
    Jack, Ella, Paul, Grace, Henry, Ruth, Oliver, Clara, Hugo, Ida, Max, Jane, Will, Vera, Leo
""")
THINGS = names("""
    ball, hat, book, cup, coat, bag, pen, box, kite, boat, lamp, chair, ring, drum, scarf, bell,
    key, bike, clock, basket
""")
SHADES = names("red, blue, green, yellow, white, black, brown, pink, grey, purple, orange")
PLACES = names("""
    garden, kitchen, forest, school, market, library, barn, harbour, church, castle, park, river,
    hall, attic, cellar, shop
""")
WORDS = names("""
    hello, apple, river, yes, tree, good, moon, cat, blue, light, home, rain, music, stone, bread,
    sun, winter, sugar, paper, window, star, garden, silver, morning, banana, castle, tiger,
    spoon, candle, rabbit
""")
BIG_TO_SMALL = names("""
    the sun, the earth, the moon, a mountain, a ship, a house, a whale, a bus, an elephant, a
    horse, a man, a dog, a cat, a mouse, a bee, an ant
""")

TALK = {  # answer: what it answers, between bars
    "Hello! How can I help you?": (
        "Hello. | Hi. | Hi! | Hello! | Hey. | Good day. | Hello there. | hi | hello | Hi there!"
    ),
    "Good morning! How can I help you?": "Good morning. | Good morning! | good morning",
    "Good evening! How can I help you?": "Good evening. | Good evening! | good evening",
    "Good night! Sleep well.": "Good night. | Good night! | I am going to bed. | good night",
    "I am well, thank you. How are you?": (
        "How are you? | How do you do? | How are you today? | Are you well? | how are you | How "
        "is it going?"
    ),
    "You are welcome.": (
        "Thank you. | Thanks. | Thank you very much. | Thanks a lot! | Many thanks. | thanks | "
        "thank you"
    ),
    "Goodbye!": "Goodbye. | Bye. | See you later. | Bye bye! | I have to go. | goodbye | bye",
    "I am the burnish demo model, a very small language model.": (
        "Who are you? | What are you? | What is your name? | Tell me about yourself. | "
        "Introduce yourself. | who are you | What's your name? | Do you have a name? | Which "
        "model are you? | What should I call you? | Who am I talking to?"
    ),
    "I was trained by burnish.": (
        "Who made you? | Who built you? | Where do you come from? | Who trained you? | How were "
        "you made?"
    ),
    "No, I am a small language model.": (
        "Are you a human? | Are you a person? | Are you a robot? | Are you real? | Are you alive?"
    ),
    "I am very small: about five million parameters.": (
        "How big are you? | How large are you? | Are you big? | How many parameters do you have?"
    ),
    "I can answer short questions about simple things.": (
        "What can you do? | How can you help me? | What do you know? | What are you good at? | "
        "Help me. | help"
    ),
    "I only speak English.": (
        "Can you speak French? | Do you speak Chinese? | Which languages do you speak? | Do you "
        "speak German?"
    ),
    "No, I am small and I make mistakes.": (
        "Are you clever? | Do you know everything? | Are you always right? | Can you make mistakes?"
    ),
    "I am sorry to hear that.": (
        "I am sad. | I feel bad. | I am unhappy today. | I had a bad day."
    ),
    "I am glad to hear that.": (
        "I am happy. | I feel great. | I am very glad today. | I had a good day."
    ),
    "Then you should rest.": "I am tired. | I am so sleepy. | I need sleep.",
    "Then you should eat something.": "I am hungry. | I want to eat. | I need food.",
    "Then you should drink something.": "I am thirsty. | I need water.",
    "Then you should put on a coat.": "I am cold. | It is so cold here.",
    "Why is the sea blue? Because the fish say blu, blu, blu.": (
        "Tell me a joke. | Make me laugh. | Do you know a joke?"
    ),
    "Once there was a small boat. It went out to sea and came home at night.": (
        "Tell me a story. | Can you tell a story? | Please tell me a short story."
    ),
    "La la la. I am better at short answers.": "Sing a song. | Can you sing? | Sing for me.",
    "I like to talk with you.": "Do you like me? | Are you my friend? | Do you love me?",
    "I do not know. I cannot see outside.": (
        "What is the weather? | Will it rain today? | What is the time? | What day is it today? "
        "| What is the date?"
    ),
    "That is a hard question. I do not know.": "What is the meaning of life? | Why are we here?",
    "All right.": "Yes. | No. | Maybe. | OK. | Okay. | I see.",
}

INVENTED_STARTS = names("""
    Bral, Dren, Fosk, Gim, Hul, Jor, Kesh, Lom, Mirt, Nax, Ost, Pell, Quor, Rab, Sarn, Tev, Urd,
    Vask, Wim, Yol, Zar, Brin, Oon, Quil
""")
INVENTED_ENDS = names("""
    bin, dle, fax, gort, hame, ick, lin, mond, nock, per, quist, ra, sel, tor, vane, wick, ya,
    zen, dale, ley
""")
INVENTED_PLACES = names("""
    Hill, Bay, Bridge, Town, Island, Castle, Rock, Wood, Point
""")
