/* Groups: kinds that differ only in words that few of them hold. */

#define TURNS 8 /* a group of lines of trouble has so many turns for each one of the others */
#define SHARE 64 /* a word tells groups apart when one kind in so many holds it, */
#define LEAST_SHARE 2 /* and some */

typedef struct {
    uint64_t hash;
    uint32_t count;
    int trouble;
} Word;

/* Different words, or groups, in the order in which they were met. */
typedef struct {
    Word *words;
    uint32_t *slots; /* number of a word and one, or 0 */
    size_t used, room, mask;
} Words;

/* The words of all kinds one after another, by their numbers. */
typedef struct {
    uint32_t *numbers;
    size_t used, room;
} Text;

static int grow_words(Words *all)
{
    size_t room = all->room ? 2 * all->room : 1024, slots = 2 * room;
    Word *words = realloc(all->words, room * sizeof *words);
    if (!words)
        return -1;
    all->words = words;
    uint32_t *fresh = slots <= UINT32_MAX ? calloc(slots, sizeof *fresh) : NULL;
    if (!fresh)
        return -1;
    free(all->slots);
    all->slots = fresh;
    all->room = room;
    all->mask = slots - 1;
    for (size_t number = 0; number < all->used; number++) {
        size_t at = words[number].hash & all->mask;
        while (fresh[at])
            at = (at + 1) & all->mask;
        fresh[at] = (uint32_t)number + 1;
    }
    return 0;
}

/* A word, met for the first time or again; NULL when memory is used up. It stays where it is until the next is asked
 * for. */
static Word *word_of(Words *all, uint64_t hash)
{
    if (all->used == all->room && grow_words(all) < 0)
        return NULL;
    size_t at = hash & all->mask;
    for (; all->slots[at]; at = (at + 1) & all->mask)
        if (all->words[all->slots[at] - 1].hash == hash)
            return &all->words[all->slots[at] - 1];
    all->slots[at] = (uint32_t)all->used + 1;
    all->words[all->used] = (Word){.hash = hash};
    return &all->words[all->used++];
}

/* One bit for each of up to 64 bytes that is a letter; what lies up to SLACK behind them is read too. */
static uint64_t letters_of(const uint8_t *text, size_t size)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    uint64_t letters = 0;
    for (size_t at = 0; at < size; at += 8) {
        uint64_t bytes = eight(text + at);
        uint64_t lower = (bytes | 0x20 * ones) & ~high;
        uint64_t is = ((lower + (0x80 - 'a') * ones) & ~(lower + (0x7f - 'z') * ones)) | bytes;
        letters |= ((is & high) >> 7) * 0x0102040810204080u >> 56 << at;
    }
    return size < 64 ? letters & (((uint64_t)1 << size) - 1) : letters;
}

/* The hash of a word, behind which SLACK bytes may be read. */
static uint64_t hash_of_word(const uint8_t *text, size_t size)
{
    uint64_t state = seed ^ size;
    for (; size > 8; text += 8, size -= 8)
        state = mixed(state ^ eight(text), 0x9e3779b97f4a7c15u ^ seed);
    return mixed(state ^ (eight(text) & UINT64_MAX >> (64 - 8 * size)), 0xe7037ed1a0b428dbu ^ seed);
}

static int note_word(Words *words, Text *text, const Trouble *trouble, const uint8_t *letters, size_t size)
{
    Word *word = word_of(words, hash_of_word(letters, size));
    if (!word)
        return -1;
    if (!word->count++)
        word->trouble = holds(trouble, letters, size);
    if (text->used == text->room) {
        size_t room = text->room ? 2 * text->room : 8192;
        uint32_t *numbers = realloc(text->numbers, room * sizeof *numbers);
        if (!numbers)
            return -1;
        text->numbers = numbers;
        text->room = room;
    }
    text->numbers[text->used++] = (uint32_t)(word - words->words);
    return 0;
}

/* Notes the words of a key; returns -1 when memory is used up. */
static int note_words(Words *words, Text *text, const Trouble *trouble, const uint8_t *key, size_t size)
{
    size_t begin = 0, held = 0; /* letters of a word that is not at its end yet, and where it begins */
    for (size_t at = 0; at < size; at += 64) {
        size_t width = size - at < 64 ? size - at : 64, bit = 0;
        uint64_t letters = letters_of(key + at, width);
        while (bit < width) {
            uint64_t rest = letters >> bit;
            if (rest & 1) {
                size_t run = ~rest ? (size_t)__builtin_ctzll(~rest) : 64;
                begin = held ? begin : at + bit;
                held += run;
                bit += run;
            }
            if (bit == width)
                break;
            if (held && note_word(words, text, trouble, key + begin, held) < 0)
                return -1;
            held = 0;
            rest = letters >> bit;
            bit += rest ? (size_t)__builtin_ctzll(rest) : width - bit;
        }
    }
    return held ? note_word(words, text, trouble, key + begin, held) : 0;
}

/* What the kinds of a group have in common: their words that are no rarer than this, and those of trouble. */
static uint64_t group_of(const Words *words, const uint32_t *numbers, size_t count, uint32_t least)
{
    uint64_t group = seed;
    int gap = 0;
    for (size_t at = 0; at < count; at++) {
        const Word *word = &words->words[numbers[at]];
        int known = word->count >= least || word->trouble;
        if (known || !gap)
            group = mixed(group ^ (known ? word->hash : 1), 0xa0761d6478bd642fu ^ seed);
        gap = !known;
    }
    return group;
}

/* Gives each kind its turn within its group; a group of lines of trouble has several in one. The kinds are in order. */
static int take_turns(Ranked *ranked, size_t used, const Trouble *trouble)
{
    Words words = {0}, groups = {0};
    Text text = {0};
    uint32_t least = (uint32_t)(used / SHARE + LEAST_SHARE);
    int failed = 0;
    for (Ranked *kind = ranked; !failed && kind < ranked + used; kind++) {
        size_t before = text.used;
        failed = note_words(&words, &text, trouble, kind->key, kind->size) < 0;
        kind->turn = (uint32_t)(text.used - before);
    }
    const uint32_t *numbers = text.numbers;
    for (Ranked *kind = ranked; !failed && kind < ranked + used; kind++) {
        Word *group = word_of(&groups, group_of(&words, numbers, kind->turn, least));
        numbers += kind->turn;
        kind->turn = !group ? 0 : kind->rank < QUIET ? group->count / TURNS : group->count;
        failed = !group || !++group->count;
    }
    free(words.words);
    free(words.slots);
    free(groups.words);
    free(groups.slots);
    free(text.numbers);
    return failed ? -1 : 0;
}

/* Moves those to the front whose turn comes first, the order within a turn kept; -1 when memory is used up. */
static int take_first(Ranked *ranked, size_t used, size_t most)
{
    uint32_t *held = calloc(used + 1, sizeof *held), last = 0;
    if (!held)
        return -1;
    for (size_t at = 0; at < used; at++)
        held[ranked[at].turn]++;
    size_t room = most;
    for (; room > held[last]; last++)
        room -= held[last];
    free(held);
    for (size_t at = 0, kept = 0; at < used && kept < most; at++)
        if (ranked[at].turn < last || (ranked[at].turn == last && room && room--))
            ranked[kept++] = ranked[at];
    return 0;
}
