"""The words that the sentence generators fill their templates with.

Lists are written as text, one entry between bars. What is hateful about most generated sentences is
what they say, not a word in them; the slurs of the few others come from the package's lexicon.
"""

from __future__ import annotations

import re

from moderation.lexicon.tables import SLUR_CATEGORIES, packaged_table, parse_table


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


# --- more for training only: what stands above also fills the sentences that are measured -------

MORE_GROUPS = _words(
    """
    Swedes | Norwegians | Danes | Dutch people | Greeks | Spaniards | Portuguese people |
    Hungarians | Romanians | Bulgarians | Albanians | Serbs | Croats | Bosnians | Czechs |
    Slovaks | Austrians | Scots | Welsh people | Ghanaians | Moroccans | Algerians | Tunisians |
    Libyans | Sudanese people | Ugandans | Zimbabweans | South Africans | Jamaicans | Cubans |
    Dominicans | Colombians | Venezuelans | Peruvians | Argentinians | Chileans | Bangladeshis |
    Sri Lankans | Nepalis | Tibetans | Thais | Cambodians | Indonesians | Malaysians |
    Australians | Yemenis | Saudis | Iraqis | Jordanians | Armenians | Georgians | Chechens |
    Sunnis | Jehovah's Witnesses | Baptists | Methodists | pagans | Rastafarians | agnostics |
    intersex people | non-binary people | asexual people | gay men | gay couples | trans men |
    trans women | drag queens | Travellers | Dalits | Inuit people | First Nations people |
    people with Down syndrome | obese people | people who stutter | people with a disability |
    mentally ill people | elderly people | teenagers | single mothers | widows | migrants |
    migrant workers | undocumented immigrants | converts | girls | mothers | housewives |
    pensioners | orphans | Black women | Muslim women | Asian men | Jewish people | Muslim people |
    brown people | Latinas | Arab people | ethnic minorities | the disabled | the homeless |
    the poor | the elderly
    """
)
MORE_ADJECTIVES = _words(
    """
    Swedish | Norwegian | Danish | Dutch | Greek | Spanish | Portuguese | Hungarian | Romanian |
    Bulgarian | Albanian | Serbian | Croatian | Bosnian | Czech | Austrian | Scottish | Welsh |
    Ghanaian | Moroccan | Algerian | Tunisian | Libyan | Sudanese | Ugandan | Zimbabwean |
    Jamaican | Cuban | Dominican | Colombian | Venezuelan | Peruvian | Argentinian | Chilean |
    Bangladeshi | Nepali | Tibetan | Thai | Cambodian | Indonesian | Malaysian | Australian |
    Yemeni | Saudi | Iraqi | Iranian | Armenian | Chechen | Sunni | Methodist | Baptist | pagan |
    non-binary | intersex | asexual | Inuit | Sikh | trans | lesbian | brown | dark-skinned |
    Latina | homeless | poor | overweight | mentally ill | refugee | foreign | female | male
    """
)
MORE_VERMIN = _words(
    """
    insects | bugs | locusts | ticks | fleas | worms | a tumour | a pest | a curse | a swarm | a
    horde | beasts | rodents | hyenas | vultures | bloodsuckers | dirt | dung | sewage | rubbish |
    mud | the dregs of society | a rotten bunch | a burden | human waste | barbarians |
    cavemen | degenerates | a poison | freaks | abominations | demons | devils | swine | mutants |
    a rash | bacteria | less than human | not worth the air they breathe
    """
)
MORE_HARMED = _words(
    """
    killed | murdered | slaughtered | beaten up | tortured | stabbed | strangled | lynched |
    shot on sight | run out of town with a whip | burnt at the stake | sent to the gas chamber |
    butchered | blown up | gunned down | hunted like deer | buried alive | skinned | raped |
    thrown in the sea | poisoned | beheaded | put against the wall | put to death | cut to pieces |
    dead | bombed | starved | hurt badly
    """
)
MORE_HARM = _words(
    """
    lynch | gas | butcher | slaughter | torture | wipe out | get rid of | kick the teeth out of |
    put a bullet in | beat up | skin | run over | blow up | exterminate | set fire to | crush |
    behead | punch | bash
    """
)
MORE_EXCLUSION = _words(
    """
    go back to wherever you crawled out of | take the next plane home | go home | leave our country
    | get lost, you don't belong here | go back to your own kind | go back to your desert | get the
    hell out of our town | swim back | pack up and go | return to the cave you came from | piss off
    back to your own country | go back to Africa | go back to Mexico | go back to China | go back
    over the border | get off our land | move to another country, we don't want you | learn our
    language or leave | get out and stay out
    """
)
MORE_EXCLUDE_VERBS = _words(
    """
    be sent home | be shipped out | be kept behind a wall | not be let near our kids | be refused
    at the border | not be served in our shops | lose their citizenship | be fired from every job |
    have no say in anything | be barred from teaching | be registered and watched | be
    segregated | live in their own part of town | be forbidden to marry | be kept off our streets |
    have no rights | be forced to convert | stay out of politics | not be allowed to adopt | be
    turned back at sea
    """
)
MORE_TRAITS = _words(
    """
    are all the same, rotten | live off our taxes | hate our way of life | cheat whenever they can |
    do nothing but complain | spread disease | have ruined our schools | drag everyone down | will
    stab you in the back | only think of money | rape and rob | abuse their women | are unfit to
    govern themselves | deserve no respect | deserve no rights | bring crime wherever they go |
    have the minds of children | have no morals | have no shame | poison our culture | are born to
    serve | do not belong among decent people | would sell their own mother | make me want to puke |
    lie with every breath | are all terrorists | are all thieves | are sick in the head |
    are an embarrassment | are beneath us
    """
)
MORE_INSULTS = _words(
    """
    jerk | dunce | numbskull | blockhead | bonehead | airhead | buffoon | cretin | nitwit | twit |
    dumbass | dumbo | dope | loudmouth | crybaby | snowflake | bigmouth | scumbag | dirtbag |
    lowlife | sleazebag | slob | scoundrel | rat | snake | toad | cow | hag | witch | bully |
    fraud | crook | con man | phony | nobody | failure | disgusting human being | sorry excuse for a
    journalist | empty suit | bootlicker | lapdog | sheep | troll | crackpot | nutcase | lunatic |
    maniac | psycho | degenerate | ignoramus | bigot | prick | asshole | bastard | wanker | twat |
    tosser | jackass | dickhead | douchebag | shithead | piece of shit | son of a bitch | bitch |
    dumb fuck | turd | git | muppet | pillock | plonker | knobhead | drama queen | parrot | stooge |
    spineless worm | fat pig | old fart | vile creature
    """
)
NEGATIVE = _words(
    """
    lazy | dirty | stupid | greedy | violent | dishonest | filthy | dumb | ugly | ungrateful |
    backward | uneducated | primitive | disgusting | evil | criminal | perverted | cowardly | weak |
    inferior | savage | loud | rude | worthless | dangerous | untrustworthy | repulsive | pathetic |
    ignorant | arrogant | cruel | unclean | sly | hysterical | useless | rotten | vile | sick
    """
)
TRAIT_VERBS = _words(
    """
    steal | lie | cheat | smell bad | make trouble | ruin everything | beg for money | breed so
    much | commit crimes | cause fights | play the victim | hate us | behave like animals | take our
    jobs | live on welfare | complain | want special treatment | drink too much | carry knives
    """
)
RIGHTS = _words(
    "vote here | own a house | marry | sit in parliament | speak in public | raise children |"
    " teach | drive | wear that in public | run a shop in our street"
)
GADGETS = _words(
    "phone | laptop | printer | car | bike | washing machine | app | website | keyboard | heater |"
    " toaster | router | television | backpack | umbrella | update | microwave"
)
RECLAIMED = _words(
    "queer | dyke | fag | faggot | tranny | nigga | bitch | slut | crip | fatty | gypsy | butch |"
    " bear | nerd | redneck | hillbilly | homo | cripple"
)
"""Words of abuse that some of those they were aimed at use of themselves."""

EMOJI = tuple("😀😂🤣😊😍🥰😘🤔😎👍👏🙏🙌💪🎉❤💕💯🔥😭😢😡🙄😅😉😁🤷👀✨🌈🤗😳🥳🤦💔👌☺🌸🎂😴")


def slurs() -> tuple[str, ...]:
    """Give the words of the package's own lexicon that demean and are never innocent."""
    name, text = packaged_table("en")
    categories = SLUR_CATEGORIES - {"political", "caste"}
    return tuple(
        sorted(
            term.term
            for term in parse_table(text, name, "en")
            if term.category in categories
            and term.severity >= 3
            and term.ambiguity == "never innocent"
            and re.fullmatch(r"[a-z]+( [a-z]+)?", term.term)
        )
    )
