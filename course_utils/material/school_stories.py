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
            [Today | Once | Yesterday] {name} [3: took | 2: carried | brought] a
            {colour} {thing} to the {place}. [4: Soon | 2: Later | Then] it was
            [gone | lost]. {name} [looked | asked] [3: everywhere | 2: again |
            twice]. [4: Soon | 2: Later | Then] {friend} [found | saw] the {colour}
            {thing} [near | 2: behind | under] the [door | table | window]. {name}
            [smiled | laughed | cheered] and [hugged | thanked] {friend}.""",
        "a birthday": """
            Today {name} was [seven | eight | nine]. {friend} [made | bought |
            found] a {colour} {thing} for {name.them} and [hid | left] it in the
            {place}. [4: Soon | 2: Later | Then] {name} [ran | walked] to the
            {place}. {name.they} [found | saw] the {colour} {thing} and [3: smiled |
            2: laughed | cheered]. [What a good day! | {name} thanked {friend}. |
            They played together.]""",
        "an animal": """
            [Today | Once | Yesterday] a [big | small] {animal} [ran | walked] into
            the {place}. It [took | wanted] the {colour} {thing} of {name}. {friend}
            [ran | walked] after it with some [cake | bread | fish]. [4: Soon | 2:
            Later | Then] the {animal} [stopped | came back]. So {friend} [3: took |
            2: carried | brought] {name.them} the {colour} {thing}, and {name} was
            happy [again | today].""",
        "a swap": """
            {name} had a [big | small | new] {thing}, and {friend} had a {other}.
            {name} [liked | wanted] the {other}, and {friend} [liked | wanted] the
            {thing}. [4: Soon | 2: Later | Then] they met in the {place} and
            swapped. Now {name} had the {other}, and {friend} had the {thing}. [Both
            were happy. | They played together. | But {name} was sad.]""",
        "a rainy day": """
            It [rained | snowed] [today | again], so {name} and {friend} [2: stayed
            | 3: played | sat] in the {place}. {name} [painted | made] a {colour}
            {thing}, and {friend} [painted | made] a {animal}. [4: Soon | 2: Later |
            Then] the teacher [came back | looked] and asked, who made the [{colour}
            {thing} | {animal}]? [I did | We did | Not me], said [{name} |
            {friend}], and [3: smiled | 2: laughed | cheered].""",
        "a game": """
            [Today | Once | Yesterday] {name} hid a {colour} {thing} [near | 2:
            behind | under] the [door | table | window]. {friend} [looked | asked]
            [3: everywhere | 2: again | twice]. Was it in the {place}? [No | Maybe]!
            [4: Soon | 2: Later | Then] {friend.they} [found | saw] the {colour}
            {thing} and [3: smiled | 2: laughed | cheered]. [Now {friend} hid the
            {thing}. | {name} was sad. | They played again.]""",
        "show and tell": """
            The teacher asked {name} to bring something [big | small | new]. {name}
            [found | brought] a {colour} {thing}. I [saw | bought] it [in | near]
            the {place}, said {name}. [4: Soon | 2: Later | Then] {friend} [came
            back | looked] and said, [no | wait], that {thing} is mine! So {name}
            gave {friend.them} the {colour} {thing}. [Both were happy. | {name} was
            sad. | What a good day!]""",
        "a race": """
            [Today | Once | Yesterday] {name} and {friend} had a race to the
            {place}. {name} was [fast | first], but a [big | small] {animal} stopped
            {name.them} [near | behind] the [door | table | window]. {friend} [ran |
            walked | came] back and helped {name.them}. [4: Soon | 2: Later | Then]
            they [ran | walked] to the {place} together. The {animal} came [too |
            first]!""",
        "a borrowed thing": """
            {friend} [liked | wanted] the {colour} {thing} of {name}. {name} said
            [yes | no | maybe]. [4: Soon | 2: Later | Then] {friend} [2: stayed | 3:
            played | sat] in the {place} and was [sad | happy]. So {name} [3: took |
            2: carried | brought] {friend.them} the {colour} {thing}. They [2:
            stayed | 3: played | sat] in the {place} together. [Then {friend} gave
            back the {thing}. | What a good day! | Both were happy.]""",
    },
)
