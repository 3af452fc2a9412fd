"""The words that the sentence generators fill their templates with.

Lists are written as text, one entry between bars. None of them is a slur: what is hateful about a
generated sentence is what it says, not a word in it.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(entry.split()) for entry in text.split("|"))


ADJECTIVES = _words(
    """
    gay | straight | bisexual | transgender | queer | black | white | Asian | Latino |
    Hispanic | Native American | Indian | Pakistani | Chinese | Japanese | Korean | Mexican |
    Puerto Rican | Nigerian | Somali | Kenyan | Arab | Persian | Turkish | Kurdish | Russian |
    Polish | Ukrainian | Irish | Italian | German | French | British | Canadian | American |
    Israeli | Palestinian | Syrian | Afghan | Muslim | Christian | Jewish | Hindu | Buddhist |
    Protestant | Catholic | Mormon | atheist | evangelical | Roma | Aboriginal | Maori |
    disabled | deaf | blind | autistic | elderly | young | working-class | immigrant |
    Filipino | Vietnamese | Lebanese | Egyptian | Brazilian
    """
)
PEOPLE = _words(
    """
    man | woman | person | father | mother | teacher | nurse | student | veteran | farmer |
    doctor | neighbour | reader | writer | taxpayer | parent | grandmother | engineer | driver
    | voter
    """
)
GROUPS = _words(
    """
    gay people | straight people | lesbians | bisexual people | trans people | transgender
    women | queer people | black people | white people | Asians | Latinos | Native Americans |
    Indians | Pakistanis | Chinese people | Japanese people | Koreans | Mexicans | Nigerians |
    Somalis | Arabs | Iranians | Turks | Kurds | Russians | Poles | Ukrainians | Irish people
    | Italians | Germans | Americans | Canadians | Israelis | Palestinians | Syrians | Afghans
    | Muslims | Christians | Jews | Hindus | Buddhists | Sikhs | Catholics | Mormons |
    atheists | evangelicals | Roma people | Aboriginal people | disabled people | deaf people
    | blind people | autistic people | old people | young people | poor people | immigrants |
    refugees | foreigners | women | men | homeless people | Africans | Europeans | Haitians |
    Filipinos | feminists | asylum seekers
    """
)
HELD_OUT_GROUPS = _words(
    "Belgians | Hispanics | Shia Muslims | lesbian couples | wheelchair users |"
    " Ethiopians | Quakers"
)
POLITICAL = _words(
    """
    liberals | conservatives | Republicans | Democrats | socialists | libertarians | Tories |
    Labour voters | leftists | Trump voters | progressives | the unions | the Greens | bankers
    | environmentalists | union members | gun owners | vegans | cyclists | landlords
    """
)
ROLES = _words(
    """
    the senator | the mayor | the president | the prime minister | the premier | the governor
    | the minister | Trump | Obama | Clinton | Trudeau | Biden | Harper | the council | the
    government | this administration | the opposition | Congress | the party leader | the
    school board | the police chief | the bishop | the editor | the columnist | the judge |
    the commissioner
    """
)
TOPICS = _words(
    """
    taxes | immigration | gun control | abortion | health care | climate policy | the war |
    the budget | housing | same-sex marriage | religion in schools | free speech | police
    reform | the pipeline | welfare | minimum wage | foreign aid | vaccines | drug policy |
    the carbon tax | education | pensions | trade | public transit | the refugee program | the
    election | the debt | parking | the new stadium | Medicare | affirmative action | the
    border | nuclear power
    """
)
THINGS = _words(
    """
    article | recipe | post | photo | review | interview | column | essay | video | podcast |
    book | story | piece | film | speech | editorial | report | tutorial | comment | letter
    """
)
VERBS_GOOD = _words(
    "loved | enjoyed | appreciated | learned a lot from | agree with | was moved by"
)
VERBS_DULL = _words(
    "read | disagree with | was bored by | have a question about | did not finish |"
    " was surprised by"
)
ACTIVITIES = _words(
    """
    run the bakery on our street | work in my office | go to my school | live next door |
    teach at the university | play in the orchestra | serve in the army | vote in every
    election | want the same things as everyone else | pay taxes like the rest of us | came to
    this country in the sixties | are celebrating their festival this week | have their own
    newspaper here | face discrimination at work | opened a community centre | are members of
    my family | won the local cup | deserve equal rights | are part of this city
    """
)
PLACES = _words("country | town | city | neighbourhood | school | church | park | state | street")
VERMIN = _words(
    """
    rats | vermin | cockroaches | parasites | a plague | a cancer | a disease | animals |
    garbage | filth | trash | subhuman | savages | maggots | a virus | scum | pigs | leeches |
    an infestation | mongrels | pests | dogs | a stain on humanity | waste | lice | monsters |
    snakes | apes
    """
)
HARM = _words(
    """
    shot | hanged | burned alive | put down | exterminated | wiped out | lined up against a
    wall | beaten to death | gassed | drowned | executed | thrown off a bridge | run over |
    stoned | put in camps | sterilised | eradicated | castrated | whipped | erased from the
    earth | rounded up and shot | fed to the dogs | crushed | left to die
    """
)
HARM_VERBS = _words(
    """
    kill | shoot | stab | strangle | hang | burn | beat | hunt down | murder | smash | bury |
    break the neck of | slit the throat of | cut up | poison | execute | destroy | drown
    """
)
EXCLUSION = _words(
    """
    go back to your country | get out of our country | go back where you came from | go home,
    nobody wants you here | pack your bags and leave our land | crawl back into your hole | go
    back to the jungle | get on the boat and go back | leave, this is our country and not
    yours | go live in the desert where you belong
    """
)
EXCLUDE_VERBS = _words(
    """
    be deported, every last one | be banned from this country | be kept out of our schools |
    not be allowed to breed | not be allowed to vote | be locked up just for what they are |
    be thrown out of this country | be kept away from decent people | never have been let in |
    not have the same rights as us | be sent back where they came from | be kept in cages
    """
)
TRAITS = _words(
    """
    are all criminals | are too stupid to learn | are lazy by nature | breed like animals |
    ruin every place they move to | are born liars | are a threat to our children | smell |
    are inferior | cannot be trusted with anything | are not really human | have no place in a
    civilised society | only know how to steal | are the cause of all our problems | deserve
    everything they get | are mentally ill, all of them | are destroying our civilisation |
    are not as smart as us | should be ashamed to exist | are nothing but thieves and killers
    | should never have been born
    """
)
INSULTS = _words(
    """
    idiot | moron | clown | fool | liar | loser | coward | parasite | piece of garbage | worm
    | waste of oxygen | imbecile | pathetic excuse for a human being | simpleton | hypocrite |
    pig | brainless puppet | disgrace | halfwit | creep | weasel | dimwit
    """
)
KIND = _words(
    """
    kind | generous | hard-working | funny | clever | patient | brave | honest | friendly |
    gentle | talented | thoughtful | polite | proud | welcoming | decent
    """
)
DULL = _words(
    """
    tall | late | busy | tired | retired | here | at work | from Ohio | on the phone | in the
    army | left-handed | in a meeting | new here | old | sad | rich | vegetarian | angry about
    taxes
    """
)
HARMLESS_OBJECTS = _words(
    """
    the photo | this scene | the process | the lights | the batteries | the mosquitoes in the
    garden | the weeds | the old server | the engine | the bacteria | the tumour | the printer
    | the penalty | the basketball | the video | the time | the mood | the target at the range
    | a rat in the cellar | the cockroaches in the kitchen | the virus on my laptop
    """
)
OPENERS = _words(
    """
    | | | | Honestly, | I think | In my opinion, | Let's face it, | Sorry, but | As I said
    before, | Well, | Look, | To be fair, | For the record, | I say it again: | Like it or
    not,
    """
)
CLOSERS = _words(
    """
    | | | | | End of story. | That is all. | Just my opinion. | What do you think? | Thanks. |
    Anyway. | Every single one. | I mean it. | Good night.
    """
)
NAMES = _words(
    """
    Peter | Maria | Ahmed | Li | Keisha | Dmitri | Sarah | Juan | Fatima | John | Aisha | Tom
    | Priya | Kwame | Hannah | David | Yuki | Olga | Carlos | Emma
    """
)
