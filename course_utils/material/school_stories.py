"""The course's own stories: a description that a teacher can read and change.

How to read a plot stands in `grammar`. What is named early (who, what, which colour, where) comes
back late, so that guessing well needs the whole story and not only the last words.
"""

from course_utils.material.grammar import Grammar

SCHOOL_STORIES = Grammar(
    lists={
        # Each name with its pronouns: Mia … she … her (found her) … her (her hat).
        "children": [
            ("Mia", "she", "her", "her"),
            ("Lily", "she", "her", "her"),
            ("Zoe", "she", "her", "her"),
            ("Ruby", "she", "her", "her"),
            ("Tom", "he", "him", "his"),
            ("Ben", "he", "him", "his"),
            ("Leo", "he", "him", "his"),
            ("Max", "he", "him", "his"),
        ],
        "things": ["ball", "kite", "book", "drum", "hat", "bag", "boat", "cup"],
        "colours": ["red", "blue", "green", "yellow", "white"],
        "places": ["garden", "library", "kitchen", "hall", "gym", "yard"],
        "animals": ["dog", "cat", "duck", "rabbit"],
    },
    forms={"children": ("name", "they", "them", "their")},
    proper=frozenset({"children"}),
    slots={
        "name": "children",
        "friend": "children",
        "thing": "things",
        "other": "things",
        "colour": "colours",
        "place": "places",
        "animal": "animals",
    },
    plots={
        "lost and found": """
            {name} had a {colour} {thing}. [Today | One day | After lunch] {name.they} took it to
            the {place} and [played | sat down] with {friend}. [Soon | Later] the {thing} was
            [gone | lost]. {name} looked [everywhere | under the table | behind the door]. [At
            last | Then] {friend} found the {colour} {thing} in the {place}! [{name} smiled. |
            {name} was happy. | {name} said thank you.]""",
        "a birthday": """
            It was the birthday of {name}. {friend} [made | bought | found] a {colour} {thing} for
            {name.them} and hid it in the {place}. [After lunch | After school] {name} [got | was
            given] a [note | map]. It said to look in the {place}. There {name.they} found the
            {colour} {thing}. [{name} thanked {friend}. | {name} gave {friend} a hug. | What a
            day!]""",
        "an animal": """
            [One day | Today] {name} saw a [small | big] {animal} in the {place}. The {animal}
            [wanted | had] the {colour} {thing} of {friend}. {name} [gave it some cake | sang a
            song | sat down]. [Soon | Then | At last] the {animal} came [near | closer] and left
            the {thing}. {friend} was [happy | glad] to have {friend.their} {colour} {thing}
            again[. | !]""",
        "a swap": """
            {name} had a {thing} and {friend} had a {other}. {name} wanted the {other}, and
            {friend} wanted the {thing}. [So | Today | After lunch] they met in the {place} and
            [swapped | shared]. Now {name} had the {other} and {friend} had the {thing}. [Both
            were happy. | They played together. | But {name} soon wanted {name.their} {thing}
            back.]""",
        "a rainy day": """
            It [rained | snowed] all day, so {name} and {friend} stayed in the {place}. {name}
            [painted | made] a {colour} {thing}, and {friend} [painted | made] a {animal}. [Then |
            Later | After lunch] they put the {colour} {thing} and the {animal} on the [table |
            door]. [Everyone | The teacher] [liked | loved] the {thing}[. | best.]""",
        "a game": """
            [Today | After school] the class played a game in the {place}. {name} hid a {colour}
            {thing}, and {friend} had to find it. Was it [behind the door | under the table | near
            the window]? No! {friend} looked [everywhere | again]. [At last | Soon | Then]
            {friend.they} saw [it | something {colour}]. It was the {thing}! [{name} laughed. |
            Now {friend} hid the {thing}. | They played again.]""",
        "show and tell": """
            The teacher asked {name} to [bring | show] something. {name} took a {colour} {thing}
            out of {name.their} bag. I found it in the {place}, {name.they} said. [{friend} knew
            it. | {friend} laughed. | {friend} was sad.] That is my {thing}, said {friend}. [I
            lost it in the {place}. | I want it back.] {name} gave {friend.them} the {colour}
            {thing} [and said sorry. | at once.]""",
        "a race": """
            {name} and {friend} [ran | had] a race from the {place} to the [tree | gate | lake].
            {name} [was fast | ran well], but [a {animal} | a {colour} {thing}] was in the way.
            {name} fell. {friend} [stopped | came back] and helped {name.them}. [Then | Soon] they
            walked back to the {place} together. [Nobody won, and both were happy. | {friend} was
            a good friend. | Next time, said {name}, I will win.]""",
        "a borrowed thing": """
            {friend} asked {name} for {name.their} {colour} {thing}. {name} said [yes | no | maybe].
            [Later | After school] {friend} [sat | stood] in the {place} and was sad. So {name}
            brought {friend.them} the {colour} {thing}. They [played | stayed] in the {place} all
            day. [Then {friend} gave back the {thing}. | What a good day! | Both were glad.]""",
    },
)
