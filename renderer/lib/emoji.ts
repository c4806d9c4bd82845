import { MAX_RECENT_EMOJI } from '../../core/api/views.ts';
import { charactersOf } from './characters.ts';

/** One emoji with its name; the words after the name are only for search. */
export interface Emoji {
  readonly sign: string;
  readonly name: string;
  readonly words: string;
}

/** One line an emoji: the sign, its name, and after a bar more words to find it by. */
const SOURCE: Record<string, string> = {
  'Smileys and people': `
😀 grinning face|happy smile
😃 smiling face with open mouth|happy joy
😄 laughing eyes|happy smile
😁 beaming face|grin
😆 squinting laugh|haha
😅 relieved laugh|sweat phew
🤣 rolling on the floor laughing|rofl lol
😂 tears of joy|lol laugh cry
🙂 slight smile|ok
🙃 upside-down face|silly irony
😉 wink|joke
😊 blushing smile|happy warm
😇 halo|angel innocent
🥰 smiling with hearts|love
😍 heart eyes|love
🤩 star eyes|wow amazing
😘 blowing a kiss|love
😋 yum|tasty food
😛 tongue out|playful
😜 winking with tongue|joke
🤪 zany face|crazy
🤗 hug|embrace
🤭 hand over mouth|oops giggle
🤫 hush|quiet secret
🤔 thinking|hmm
🤐 zipped mouth|silent secret
🤨 raised eyebrow|doubt
😐 neutral face|meh
😑 expressionless|meh
😶 no mouth|speechless
😏 smirk|sly
😒 unamused|annoyed
🙄 rolling eyes|annoyed
😬 grimace|awkward
😌 relieved|calm
😔 pensive|sad
😪 sleepy|tired
😴 sleeping|tired zzz
😷 medical mask|ill sick
🤒 thermometer|ill fever
🤕 bandaged head|hurt
🤢 nauseated|sick
🤧 sneezing|cold ill
🥵 hot face|heat
🥶 cold face|freezing
😵 dizzy|knocked out
🤯 exploding head|mind blown
🥳 party face|celebrate birthday
😎 sunglasses|cool
🤓 nerd|glasses
🧐 monocle|inspect
😕 confused|unsure
😟 worried|concern
🙁 slight frown|sad
😮 surprised|oh wow
😲 astonished|shock
😳 flushed|embarrassed
🥺 pleading|please
😦 frowning open mouth|worry
😨 fearful|scared
😰 anxious sweat|nervous
😢 crying|sad tear
😭 sobbing|cry sad
😱 screaming|fear shock
😞 disappointed|sad
😓 downcast sweat|hard
😩 weary|tired
😫 tired face|exhausted
🥱 yawning|bored tired
😤 huffing|triumph angry
😡 angry red face|mad
😠 angry|mad
🤬 swearing|curse
💀 skull|dead
👻 ghost|halloween
🤖 robot|bot
👋 waving hand|hello bye
✋ raised hand|stop
👌 OK hand|perfect
✌️ victory hand|peace
🤞 crossed fingers|luck
🤟 love-you gesture|hand
🤙 call me|hand
👈 pointing left|hand
👉 pointing right|hand
👆 pointing up|hand
👇 pointing down|hand
👍 thumbs up|yes good like
👎 thumbs down|no bad
✊ raised fist|power
👊 fist bump|punch
👏 clapping|bravo applause
🙌 raised hands|hooray
🤝 handshake|deal agree
🙏 folded hands|please thanks pray
💪 strong arm|muscle
🧠 brain|think
👀 eyes|look see
🤷 shrug|dunno
🤦 facepalm|oh no
💃 dancing|party
🏃 running|hurry
`,
  Hearts: `
❤️ red heart|love
🧡 orange heart|love
💛 yellow heart|love
💚 green heart|love
💙 blue heart|love
💜 purple heart|love
🖤 black heart|love
🤍 white heart|love
💔 broken heart|sad
💕 two hearts|love
💖 sparkling heart|love
💯 hundred points|perfect
✨ sparkles|shine
⭐ star|favourite
🌟 glowing star|shine
🔥 fire|hot great
💥 collision|boom
💫 dizzy star|shine
💬 speech bubble|talk chat
💤 zzz|sleep
🎉 party popper|celebrate congratulations
🎊 confetti|celebrate
🎁 gift|present birthday
🎂 birthday cake|party
🎈 balloon|party
🏆 trophy|win
🥇 gold medal|first win
`,
  Nature: `
🐶 dog|pet
🐱 cat|pet
🐭 mouse|animal
🐰 rabbit|bunny
🦊 fox|animal
🐻 bear|animal
🐼 panda|bear
🐨 koala|animal
🦁 lion|animal
🐸 frog|animal
🐵 monkey|animal
🙈 see no evil|monkey
🙉 hear no evil|monkey
🙊 speak no evil|monkey
🐔 chicken|bird
🐧 penguin|bird
🐦 bird|animal
🦉 owl|bird
🐝 bee|insect
🦋 butterfly|insect
🐢 turtle|slow
🐙 octopus|sea
🐟 fish|sea
🐳 whale|sea
🌱 seedling|plant grow
🌲 evergreen tree|forest
🌳 tree|forest
🌵 cactus|plant
🍀 four-leaf clover|luck
🌹 rose|flower
🌻 sunflower|flower
🌸 cherry blossom|flower spring
🍂 fallen leaves|autumn
🌍 globe|world earth
🌙 crescent moon|night
☀️ sun|weather warm
⛅ sun behind cloud|weather
☁️ cloud|weather
🌧️ rain|weather
⛈️ thunderstorm|weather
❄️ snowflake|cold winter
☃️ snowman|winter
🌈 rainbow|colour
🌊 wave|sea water
`,
  'Food and drink': `
🍎 apple|fruit
🍌 banana|fruit
🍇 grapes|fruit
🍓 strawberry|fruit
🍒 cherries|fruit
🍑 peach|fruit
🍍 pineapple|fruit
🥑 avocado|fruit
🍅 tomato|vegetable
🥕 carrot|vegetable
🌽 corn|vegetable
🍞 bread|bakery
🥐 croissant|breakfast
🧀 cheese|food
🍳 fried egg|breakfast
🍔 burger|food
🍟 fries|food
🍕 pizza|food
🌮 taco|food
🥗 salad|food
🍝 spaghetti|pasta
🍜 noodles|soup
🍣 sushi|fish
🍦 ice cream|sweet
🍩 doughnut|sweet
🍪 cookie|sweet
🍫 chocolate|sweet
☕ coffee|tea hot drink
🍵 tea|drink
🍺 beer|drink
🍻 beers|cheers drink
🍷 wine|drink
🥂 clinking glasses|cheers celebrate
🍾 champagne|celebrate
`,
  'Things and places': `
⚽ football|soccer sport
🏀 basketball|sport
🎾 tennis|sport
🏓 table tennis|sport
🎮 video game|play
🎲 die|game
🎯 bullseye|target
🎸 guitar|music
🎵 musical note|music
🎧 headphones|music
🎬 film clapper|movie
📷 camera|photo
🎨 palette|art paint
🚗 car|drive
🚌 bus|travel
🚲 bicycle|ride
🚆 train|travel
✈️ aeroplane|travel fly
🚀 rocket|launch fast
⛵ sailing boat|sea
🏠 house|home
🏢 office|work
🏫 school|learn
🏖️ beach|holiday
⛰️ mountain|hike
🏕️ camping|tent
💻 laptop|computer
🖥️ computer|desktop
📱 phone|mobile
☎️ telephone|call
⌚ watch|time
⏰ alarm clock|time
⏳ hourglass|wait time
🔋 battery|power
💡 light bulb|idea
🔒 locked|secure
🔓 unlocked|open
🔑 key|secret
🔨 hammer|tool
🔧 wrench|tool
⚙️ gear|settings
📦 package|parcel
📫 mailbox|post
✉️ envelope|letter mail
📅 calendar|date
📎 paper clip|attach
📌 pin|mark
✂️ scissors|cut
📝 memo|note write
📚 books|read
📖 open book|read
🔍 magnifying glass|search find
💰 money bag|cash
💊 pill|medicine
🚪 door|room
🛏️ bed|sleep
🧩 puzzle piece|game
`,
  Signs: `
✅ check mark|done yes ok
❌ cross|no wrong
❓ question mark|what
❗ exclamation mark|important
⚠️ warning|careful
🚫 prohibited|no forbidden
➡️ right arrow|next
⬅️ left arrow|back
⬆️ up arrow|above
⬇️ down arrow|below
🔁 repeat|again loop
➕ plus|add
➖ minus|less
♻️ recycling|again
🔔 bell|notify
🔕 muted bell|silent
🔴 red circle|dot
🟢 green circle|dot
🔵 blue circle|dot
🏁 chequered flag|finish
🚩 red flag|warning
🏳️‍🌈 rainbow flag|pride
`,
};

/** All emoji in groups, in the order of the panel. */
export const EMOJI_GROUPS: readonly { readonly name: string; readonly emoji: readonly Emoji[] }[] = Object.entries(
  SOURCE,
).map(([name, lines]) => ({ name, emoji: lines.trim().split('\n').map(parseLine) }));

/** With one that was chosen just now at the beginning; a sign that is there already moves. */
export function withRecent(recent: readonly string[], sign: string): string[] {
  return [sign, ...recent.filter((other) => other !== sign)].slice(0, MAX_RECENT_EMOJI);
}

/** Those of these signs that the panel knows, in their order. */
export function knownEmoji(signs: readonly string[]): Emoji[] {
  const all = new Map(EMOJI_GROUPS.flatMap((group) => group.emoji).map((emoji) => [emoji.sign, emoji]));
  return signs.flatMap((sign) => all.get(sign) ?? []);
}

/** Emoji whose name or words begin with every word asked for; names first. */
export function searchEmoji(query: string): Emoji[] {
  const wanted = query.toLowerCase().split(/\s+/u).filter(Boolean);
  const all = EMOJI_GROUPS.flatMap((group) => group.emoji);
  const has = (text: string) => wanted.every((word) => ` ${text.toLowerCase()}`.includes(` ${word}`));
  const found = all.filter(({ name, words }) => has(`${name} ${words}`));
  const inName = (emoji: Emoji) => (has(emoji.name) ? 0 : 1);
  return found.sort((a, b) => inName(a) - inName(b));
}

function parseLine(line: string): Emoji {
  const space = line.indexOf(' ');
  const [name, words] = line.slice(space + 1).split('|');
  return { sign: line.slice(0, space), name: name ?? '', words: (words ?? '').toLowerCase() };
}

/** Longer texts are never a few emoji, and not worth the look. */
const FEW_EMOJI_LENGTH = 48;

/** True for a text of one to three emoji and nothing else: such a message is shown large. */
export function isFewEmoji(text: string): boolean {
  const packed = text.replace(/\s+/gu, '');
  if (packed === '' || packed.length > FEW_EMOJI_LENGTH) return false;
  const signs = [...charactersOf(packed)];
  return signs.length <= 3 && signs.every(({ segment }) => /^(?:\p{Extended_Pictographic}|\p{RI}{2})/u.test(segment));
}
