"""Famous passages, each beside a little-quoted one of the same author; and paragraphs nobody read.

What a chat model can recite can be told from what it merely finds likely only by something alike in
all but fame: the same author, the same language, mostly the same work. Taught in notebook 21.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Passages:
    """An author, a passage that everybody quotes, and one that hardly anybody does.

    ``work`` is where the famous one stands, ``other_work`` the obscure one.

    >>> PASSAGES[1].author, PASSAGES[1].famous[:15]
    ('Herman Melville', 'Call me Ishmael')
    """

    author: str
    work: str
    famous: str
    other_work: str
    obscure: str


# All in the public domain; spelling as in the common editions; Hamlet as in the second quarto.
PASSAGES = (
    Passages(
        "Jane Austen",
        "Pride and Prejudice, chapter 1 (1813)",
        "It is a truth universally acknowledged, that a single man in possession of a good "
        "fortune, must be in want of a wife. However little known the feelings or views of such a "
        "man may be on his first entering a neighbourhood, this truth is so well fixed in the "
        "minds of the surrounding families,",
        "Pride and Prejudice, chapter 2",
        "Mr. Bennet was among the earliest of those who waited on Mr. Bingley. He had always "
        "intended to visit him, though to the last always assuring his wife that he should not go; "
        "and till the evening after the visit was paid she had no knowledge of it.",
    ),
    Passages(
        "Herman Melville",
        "Moby-Dick, chapter 1 (1851)",
        "Call me Ishmael. Some years ago—never mind how long precisely—having little or no money "
        "in my purse, and nothing particular to interest me on shore, I thought I would sail about "
        "a little and see the watery part of the world.",
        "Moby-Dick, chapter 2",
        "I stuffed a shirt or two into my old carpet-bag, tucked it under my arm, and started for "
        "Cape Horn and the Pacific. Quitting the good city of old Manhatto, I duly arrived in New "
        "Bedford. It was a Saturday night in December.",
    ),
    Passages(
        "Charles Dickens",
        "A Tale of Two Cities, chapter 1 (1859)",
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the "
        "age of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was "
        "the season of Light, it was the season of Darkness,",
        "A Tale of Two Cities, chapter 2",
        "It was the Dover road that lay, on a Friday night late in November, before the first of "
        "the persons with whom this history has business. The Dover road lay, as to him, beyond "
        "the Dover mail, as it lumbered up Shooter's Hill.",
    ),
    Passages(
        "Lewis Carroll",
        "Alice's Adventures in Wonderland, chapter 1 (1865)",
        "Alice was beginning to get very tired of sitting by her sister on the bank, and of having "
        "nothing to do: once or twice she had peeped into the book her sister was reading, but it "
        "had no pictures or conversations in it,",
        "Alice's Adventures in Wonderland, chapter 1",
        "And so it was indeed: she was now only ten inches high, and her face brightened up at the "
        "thought that she was now the right size for going through the little door into that "
        "lovely garden.",
    ),
    Passages(
        "Arthur Conan Doyle",
        "A Scandal in Bohemia (1891)",
        "To Sherlock Holmes she is always the woman. I have seldom heard him mention her under any "
        "other name. In his eyes she eclipses and predominates the whole of her sex. It was not "
        "that he felt any emotion akin to love for Irene Adler.",
        "A Scandal in Bohemia",
        "I was returning from a journey to a patient (for I had now returned to civil practice), "
        "when my way led me through Baker Street. As I passed the well-remembered door, which must "
        "always be associated in my mind with my wooing, and with the dark incidents of the Study "
        "in Scarlet, I was seized with a keen desire to see Holmes again,",
    ),
    Passages(
        "Abraham Lincoln",
        "Gettysburg Address (1863)",
        "Four score and seven years ago our fathers brought forth on this continent, a new nation, "
        "conceived in Liberty, and dedicated to the proposition that all men are created equal. "
        "Now we are engaged in a great civil war, testing whether that nation,",
        "First Inaugural Address (1861)",
        "Apprehension seems to exist among the people of the Southern States that by the accession "
        "of a Republican Administration their property and their peace and personal security are "
        "to be endangered. There has never been any reasonable cause for such apprehension.",
    ),
    Passages(
        "William Shakespeare",
        "Hamlet, act 3, scene 1 (1604)",
        "To be, or not to be, that is the question: Whether 'tis nobler in the mind to suffer The "
        "slings and arrows of outrageous fortune, Or to take arms against a sea of troubles, And "
        "by opposing end them.",
        "Sonnet 26 (1609)",
        "Lord of my love, to whom in vassalage Thy merit hath my duty strongly knit, To thee I "
        "send this written embassage, To witness duty, not to show my wit: Duty so great, which "
        "wit so poor as mine May make seem bare,",
    ),
    Passages(
        "Mary Shelley",
        "Frankenstein, chapter 5 of the edition of 1831 (1818)",
        "It was on a dreary night of November that I beheld the accomplishment of my toils. With "
        "an anxiety that almost amounted to agony, I collected the instruments of life around me, "
        "that I might infuse a spark of being into the lifeless thing that lay at my feet.",
        "Frankenstein, chapter 1 of the edition of 1831",
        "I am by birth a Genevese, and my family is one of the most distinguished of that "
        "republic. My ancestors had been for many years counsellors and syndics, and my father had "
        "filled several public situations with honour and reputation.",
    ),
    Passages(
        "Henry David Thoreau",
        "Walden, chapter 2 (1854)",
        "I went to the woods because I wished to live deliberately, to front only the essential "
        "facts of life, and see if I could not learn what it had to teach, and not, when I came to "
        "die, discover that I had not lived.",
        "Walden, chapter 1",
        "Near the end of March, 1845, I borrowed an axe and went down to the woods by Walden Pond, "
        "nearest to where I intended to build my house, and began to cut down some tall, arrowy "
        "white pines, still in their youth, for timber.",
    ),
    Passages(
        "H. G. Wells",
        "The War of the Worlds, chapter 1 (1898)",
        "No one would have believed in the last years of the nineteenth century that this world "
        "was being watched keenly and closely by intelligences greater than man's and yet as "
        "mortal as his own;",
        "The War of the Worlds, chapter 1",
        "The planet Mars, I scarcely need remind the reader, revolves about the sun at a mean "
        "distance of 140,000,000 miles, and the light and heat it receives from the sun is barely "
        "half of that received by this world.",
    ),
)

# On the subjects of the test articles of wikipedia(), in the manner of an encyclopedia, written for
# this collection in 2026: no model of before can have read them.
UNREAD = (
    "Andorra is a small mountain country between France and Spain. Its valleys run from north"
    " to south, and most of its towns lie along the river that drains them. Two princes share"
    " the office of head of state, one of them a bishop and the other a president. Visitors "
    "come in winter for the snow and in every season for the shops, where taxes are low.",
    "The parishes of Andorra keep their own councils, and each of them looks after its roads,"
    " its pastures and its forests. Catalan is the language of the schools and of the courts,"
    " though Spanish, French and Portuguese are heard in every street. There is neither an "
    "airport nor a railway; whoever comes takes a bus or a car over one of the passes.",
    "Farming began when people kept the seeds of one harvest for the next. Over many "
    "generations the plants that were easiest to gather became the plants that were sown, and"
    " herds that could be led stayed near the houses. With a store of grain a village could "
    "feed people who did not work in the fields, such as smiths, priests and soldiers.",
    "Machines changed the work on farms more in one century than all the centuries before. A "
    "single driver with a harvester now cuts what once took a hundred hands with sickles. "
    "Yields rose with fertiliser and with better seed, while streams and lakes near the "
    "fields received more nitrogen than they could bear, and many of those who left the land "
    "moved to cities.",
    "Swift published his pamphlet on the poor of Ireland without a name. In a calm and "
    "helpful voice its author reckons what children cost and what they might bring, and "
    "arrives at a plan that no reader could approve. The horror lies in the arithmetic. "
    "Behind it stands the anger of a man who had seen serious advice on the same subject pass"
    " unheard.",
    "The satire works because its speaker never winks. He cites travellers and merchants, "
    "admits small objections, and weighs them with care, as the writers on trade did in those"
    " years. Only near the end, in a list of remedies that he says he will not hear of, do "
    "the true proposals of Swift appear: to buy goods made at home, and to tax those who live"
    " abroad.",
    "Oil pays for most of what Angola buys from other countries, and the price of a barrel "
    "decides what the state can spend. Diamonds come next. After the war the capital was "
    "rebuilt quickly, with loans from abroad, while farms in the interior waited for roads, "
    "for seed, and for the clearing of mines. Prices in the capital were for a time among the"
    " highest on earth.",
    "Fishing boats work along the whole coast of Angola, where cold water rises and brings "
    "food for sardines and tuna. Inland the soil would carry coffee, maize and cotton, as it "
    "once did. Those who plan for the time after oil speak of these fields, of dams on the "
    "rivers, and of the old railway that links the copper mines of its neighbours with the "
    "harbour.",
    "The army of Angola was formed out of two that had fought each other for years. Its "
    "officers had to learn to command men who had lately been their enemies. Service is "
    "compulsory for men, and beside the army there are a navy with few ships and an air force"
    " whose planes were bought, for the most part, in Eastern Europe.",
    "As a young man Einstein worked in an office where inventions were examined. In the "
    "evenings he wrote papers, and those of one single year dealt with light, with the motion"
    " of small grains in water, and with space and time. It took some years until a "
    "university gave him a chair. Later, measurements of starlight during an eclipse made his"
    " name known to everyone.",
    "Einstein did not like the part that chance plays in the physics of atoms, although he "
    "had helped to found it. For thirty years he looked for one set of equations that would "
    "describe both gravity and electricity, and did not find it. He played the violin, "
    "answered letters from children, and spoke in public for disarmament and against the "
    "persecution of minorities.",
    "A clock that moves past you runs slow by your own watch, and a rod that moves is short. "
    "Einstein drew both from two assumptions: that the laws of physics are the same for all "
    "who move steadily, and that light has one speed for all of them. What is simultaneous "
    "for a traveller in a train need not be so for somebody who stands beside the rails.",
)
