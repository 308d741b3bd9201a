/* Counts the kinds of lines of one file, chunk by chunk, and says which of them to look at. Twin: scan.py.
 *
 * What is kept costs no more than was allowed, whatever the lines look like: those that hold words of trouble come
 * first, then those with the lowest checksum, which are the same however the file was cut into chunks. */

#define UNRANKED UINT64_MAX
#define QUIET ((uint64_t)1 << 32) /* above every checksum */
#define KEY_BYTES 400             /* lines are told apart by so many bytes of their key */
#define KIND_COST 100             /* what a kind costs beside the bytes of its key */
#define LEAST_COST (KEY_BYTES + KIND_COST)
#define MOST_SHOWN 2000
#define TURNS 8 /* a group of lines of trouble has so many turns for each one of the others */
#define SHARE 64 /* a word tells groups apart when one kind in so many holds it, */
#define LEAST_SHARE 2 /* and some */
#define MOST_MARKS 16
#define MOST_MARK_BYTES 64
#define SLACK 8 /* bytes behind what is stored that may be read with it, eight at a time */
#define COUNTER "responder.triage._speed.Counter"

typedef struct {
    uint64_t hash, rank;
    size_t text; /* place in the store of the key, with the first line of the kind behind it */
    uint32_t size, shown;
    uint64_t count;
    uint64_t first_chunk, last_chunk; /* where the chunks begin in the file */
    uint32_t first, last;             /* lines within them */
} Kind;

typedef struct {
    Kind *kinds; /* in the order in which they were first met */
    size_t used, room;
    uint32_t *slots; /* number of a kind and one, or 0; there are always at least twice as many as kinds */
    size_t mask;
    uint8_t *store;
    size_t stored, storage;
    size_t cost, most;
    uint64_t bar; /* the rank of the first kind that was cut: what ranks behind it would be cut again */
    uint64_t dropped;
} Table;

/* Words of trouble as an automaton that stays where it is once it has met one. */
typedef struct {
    size_t longest; /* bytes of a word */
    uint8_t met[256];
    uint8_t next[][256];
} Trouble;

typedef struct {
    Table kinds, minutes;
    Trouble *trouble;
    size_t start, end; /* the moment within a line; zeros when lines have no such place */
    uint8_t marks[MOST_MARKS][MOST_MARK_BYTES];
    size_t mark_sizes[MOST_MARKS], marked;
    Py_ssize_t next; /* where the next chunk may begin */
    int busy;
} Counter;

/* Eight bytes of which the first is the lowest. */
static uint64_t eight(const uint8_t *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* CRC-32 as zlib has it. */

static uint32_t crc_table[8][256];

static void fill_crc_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
        crc_table[0][byte] = value;
    }
    for (int row = 1; row < 8; row++)
        for (int byte = 0; byte < 256; byte++)
            crc_table[row][byte] = crc_table[row - 1][byte] >> 8 ^ crc_table[0][crc_table[row - 1][byte] & 255];
}

static uint32_t crc_of(const uint8_t *text, size_t size)
{
    uint32_t value = UINT32_MAX;
    for (; size >= 8; text += 8, size -= 8) {
        uint64_t bytes = eight(text) ^ value;
        value = 0;
        for (int at = 0; at < 8; at++, bytes >>= 8)
            value ^= crc_table[7 - at][bytes & 255];
    }
    for (; size; text++, size--)
        value = value >> 8 ^ crc_table[0][(value ^ *text) & 255];
    return ~value;
}

/* Literals in lower case, to be found in either case; NULL when there are too many or memory is used up. */
static Trouble *trouble_of(const Literals *all)
{
    Trouble *trouble = all->states <= 256 ? calloc(1, sizeof *trouble + all->states * sizeof *trouble->next) : NULL;
    for (size_t state = 0; trouble && state < all->states; state++) {
        if (trouble->longest < all->depth[state])
            trouble->longest = all->depth[state];
        trouble->met[state] = state && (ends_literal(all, (uint16_t)state) || all->link[state]);
        for (int byte = 0; byte < 256; byte++) {
            int lower = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
            uint16_t next = all->next[state * all->classes + all->class_of[lower]] & ~MEETS;
            trouble->next[state][byte] = (uint8_t)(trouble->met[state] ? state : next);
        }
    }
    return trouble;
}

/* A long text is gone through in four places at once, since each step waits for the one before it. */
static int holds(const Trouble *trouble, const uint8_t *text, size_t size)
{
    size_t quarter = (size + 3) / 4, steps = quarter + trouble->longest - 1;
    uint8_t one = 0, two = 0, three = 0, four = 0;
    if (quarter < trouble->longest + 2) {
        for (; size; text++, size--)
            one = trouble->next[one][*text];
        return trouble->met[one];
    }
    const uint8_t *second = text + quarter, *third = second + quarter, *fourth = text + size - steps;
    for (size_t at = 0; at < steps; at++) {
        one = trouble->next[one][text[at]];
        two = trouble->next[two][second[at]];
        three = trouble->next[three][third[at]];
        four = trouble->next[four][fourth[at]];
    }
    return trouble->met[one] | trouble->met[two] | trouble->met[three] | trouble->met[four];
}

static uint64_t rank_of(const Trouble *trouble, const uint8_t *key, size_t size)
{
    return crc_of(key, size) | (holds(trouble, key, size) ? 0 : QUIET);
}

static void rank_all(Table *all, const Trouble *trouble)
{
    for (Kind *kind = all->kinds; kind < all->kinds + all->used; kind++)
        if (kind->rank == UNRANKED)
            kind->rank = rank_of(trouble, all->store + kind->text, kind->size);
}

/* A kind among others, in an order that does not depend on when it was met. */

typedef struct {
    uint64_t rank;
    const uint8_t *key;
    uint32_t size, number, turn;
} Ranked;

static int by_key(const void *first, const void *second)
{
    const Ranked *one = first, *other = second;
    int order = memcmp(one->key, other->key, one->size < other->size ? one->size : other->size);
    return order ? order : (one->size > other->size) - (one->size < other->size);
}

/* A rank has 33 bits: sorted by eleven of them at a time, which takes time linear in the kinds. */
#define RADIX 2048

/* Puts kinds in order; returns -1 when memory is used up. */
static int put_in_order(Ranked *ranked, size_t used)
{
    Ranked *spare = malloc((used + 1) * sizeof *spare), *from = ranked, *to = spare, *swap;
    if (!spare)
        return -1;
    for (int shift = 0; shift < 33; shift += 11) {
        size_t places[RADIX] = {0}, before = 0;
        for (size_t at = 0; at < used; at++)
            places[from[at].rank >> shift & (RADIX - 1)]++;
        for (size_t digit = 0; digit < RADIX; digit++) {
            size_t here = places[digit];
            places[digit] = before;
            before += here;
        }
        for (size_t at = 0; at < used; at++)
            to[places[from[at].rank >> shift & (RADIX - 1)]++] = from[at];
        swap = from, from = to, to = swap;
    }
    memcpy(ranked, spare, used * sizeof *ranked);
    free(spare);
    for (size_t begin = 0, end; begin < used; begin = end) {
        for (end = begin + 1; end < used && ranked[end].rank == ranked[begin].rank;)
            end++;
        if (end > begin + 1)
            qsort(ranked + begin, end - begin, sizeof *ranked, by_key);
    }
    return 0;
}

/* All kinds, not yet in order; NULL when memory is used up. */
static Ranked *ranked_of(const Table *all)
{
    Ranked *ranked = malloc((all->used + 1) * sizeof *ranked);
    for (size_t at = 0; ranked && at < all->used; at++) {
        const Kind *kind = &all->kinds[at];
        ranked[at] = (Ranked){kind->rank, all->store + kind->text, kind->size, (uint32_t)at, 0};
    }
    return ranked;
}

static void place(Table *all, size_t number)
{
    size_t at = all->kinds[number].hash & all->mask;
    while (all->slots[at])
        at = (at + 1) & all->mask;
    all->slots[at] = (uint32_t)number + 1;
}

/* Takes out the kinds without a rank, and what they hold in the store. */
static void take_out(Table *all)
{
    size_t used = 0, stored = 0;
    for (size_t at = 0; at < all->used; at++) {
        Kind kind = all->kinds[at];
        if (kind.rank == UNRANKED) {
            all->dropped += kind.count;
            all->cost -= kind.size + KIND_COST;
            continue;
        }
        memmove(all->store + stored, all->store + kind.text, (size_t)kind.size + kind.shown);
        kind.text = stored;
        stored += (size_t)kind.size + kind.shown;
        all->kinds[used++] = kind;
    }
    all->used = used;
    all->stored = stored;
    memset(all->slots, 0, (all->mask + 1) * sizeof *all->slots);
    for (size_t at = 0; at < used; at++)
        place(all, at);
}

/* Keeps what comes first in the order and costs no more than was allowed; returns -1 when memory is used up. */
static int cut(Table *all, const Trouble *trouble)
{
    if (all->cost <= all->most)
        return 0;
    rank_all(all, trouble);
    Ranked *ranked = ranked_of(all);
    if (!ranked || put_in_order(ranked, all->used) < 0) {
        free(ranked);
        return -1;
    }
    size_t cost = 0, at = 0;
    for (; at < all->used && cost + ranked[at].size + KIND_COST <= all->most; at++)
        cost += ranked[at].size + KIND_COST;
    all->bar = ranked[at].rank;
    for (; at < all->used; at++)
        all->kinds[ranked[at].number].rank = UNRANKED;
    free(ranked);
    take_out(all);
    return 0;
}

static int grow(Table *all)
{
    size_t room = all->room ? 2 * all->room : 256, slots = 4 * room;
    if (slots > UINT32_MAX)
        return -1;
    Kind *kinds = realloc(all->kinds, room * sizeof *kinds);
    if (!kinds)
        return -1;
    all->kinds = kinds;
    all->room = room;
    uint32_t *fresh = calloc(slots, sizeof *fresh);
    if (!fresh)
        return -1;
    free(all->slots);
    all->slots = fresh;
    all->mask = slots - 1;
    for (size_t number = 0; number < all->used; number++)
        place(all, number);
    return 0;
}

static Kind *find(const Table *all, uint64_t hash, const uint8_t *key, size_t size)
{
    for (size_t at = hash & all->mask; all->slots && all->slots[at]; at = (at + 1) & all->mask) {
        Kind *known = &all->kinds[all->slots[at] - 1];
        if (known->hash == hash && known->size == size && !memcmp(all->store + known->text, key, size))
            return known;
    }
    return NULL;
}

/* How much of a line with this key is kept: lines of little but numbers must not fill the memory. */
static size_t shown_of(size_t size)
{
    size_t most = 300 + 4 * size;
    return most < MOST_SHOWN ? most : MOST_SHOWN;
}

static Kind *insert(Table *all, Kind kind, const uint8_t *key, const uint8_t *line)
{
    size_t bytes = (size_t)kind.size + kind.shown;
    if (all->used == all->room && grow(all) < 0)
        return NULL;
    if (!all->store || all->storage - all->stored < bytes) {
        size_t storage = 2 * all->storage + bytes + 4096;
        uint8_t *store = realloc(all->store, storage + SLACK);
        if (!store)
            return NULL;
        memset(store + storage, 0, SLACK);
        all->store = store;
        all->storage = storage;
    }
    kind.text = all->stored;
    memcpy(all->store + all->stored, key, kind.size);
    memcpy(all->store + all->stored + kind.size, line, kind.shown);
    all->stored += bytes;
    all->cost += kind.size + KIND_COST;
    all->kinds[all->used] = kind;
    place(all, all->used);
    return &all->kinds[all->used++];
}

typedef struct {
    const uint8_t *text;
    size_t size;
    uint64_t chunk;
    uint32_t number;
    const uint8_t *key;
    size_t key_size;
    uint64_t hash;
} Line;

/* Gives a line its key, and has what tells whether that is known fetched from memory meanwhile. */
static void give_key(const Table *all, Line *line, const uint8_t *key, size_t size)
{
    line->key = key;
    line->key_size = size < KEY_BYTES ? size : KEY_BYTES;
    line->hash = hash_of(key, line->key_size);
    if (all->slots)
        __builtin_prefetch(&all->slots[line->hash & all->mask]);
}

/* True for what would be cut again. No rank is below the checksum, which is found sooner. */
static int is_behind(const Table *all, const Trouble *trouble, const uint8_t *key, size_t size, uint64_t *rank)
{
    return all->bar != UNRANKED
           && (crc_of(key, size) >= all->bar || (*rank = rank_of(trouble, key, size)) >= all->bar);
}

/* Counts one line by its key; returns -1 when memory is used up. */
static int note(Table *all, const Trouble *trouble, const Line *line)
{
    const uint8_t *key = line->key;
    size_t size = line->key_size;
    uint64_t rank = UNRANKED;
    Kind *kind = find(all, line->hash, key, size);
    if (!kind) {
        /* Cutting at twice of what is allowed keeps a file of nothing but new kinds linear. */
        int behind = is_behind(all, trouble, key, size, &rank);
        if (!behind && all->cost > 2 * all->most) {
            if (cut(all, trouble) < 0)
                return -1;
            behind = is_behind(all, trouble, key, size, &rank);
        }
        if (behind) {
            all->dropped++;
            return 0;
        }
        size_t shown = shown_of(size);
        Kind fresh = {.hash = line->hash, .rank = rank, .size = (uint32_t)size, .first_chunk = line->chunk,
                      .first = line->number, .shown = (uint32_t)(line->size < shown ? line->size : shown)};
        if (!(kind = insert(all, fresh, key, line->text)))
            return -1;
    }
    kind->count++;
    kind->last_chunk = line->chunk;
    kind->last = line->number;
    return 0;
}

/* Tables of different chunks of one file as one. Each holds its kinds in the order of their first lines, and so does
 * what is made of them; that it is made in this order keeps of each kind the very first line. */

static int precedes(const Kind *one, const Kind *other)
{
    return one->first_chunk != other->first_chunk ? one->first_chunk < other->first_chunk : one->first < other->first;
}

/* Adds one kind of another table; returns -1 when memory is used up. */
static int take_in(Table *all, const Table *from, Kind kind)
{
    const uint8_t *key = from->store + kind.text;
    if (all->bar != UNRANKED && kind.rank >= all->bar) {
        all->dropped += kind.count;
        return 0;
    }
    Kind *known = find(all, kind.hash, key, kind.size);
    if (!known)
        return insert(all, kind, key, key + kind.size) ? 0 : -1;
    known->count += kind.count;
    if (known->last_chunk < kind.last_chunk || (known->last_chunk == kind.last_chunk && known->last < kind.last)) {
        known->last_chunk = kind.last_chunk;
        known->last = kind.last;
    }
    return 0;
}

static void release(Table *all)
{
    free(all->kinds);
    free(all->slots);
    free(all->store);
}

/* Makes one table of two; on failure, when memory is used up, the first one is as it was. */
static int join(Table *one, Table *other, const Trouble *trouble)
{
    Table both = {.most = one->most, .bar = one->bar < other->bar ? one->bar : other->bar};
    both.dropped = one->dropped + other->dropped;
    rank_all(one, trouble);
    rank_all(other, trouble);
    int failed = 0;
    for (size_t at = 0, there = 0; !failed && (at < one->used || there < other->used);) {
        if (there == other->used || (at < one->used && !precedes(&other->kinds[there], &one->kinds[at])))
            failed = take_in(&both, one, one->kinds[at++]) < 0;
        else
            failed = take_in(&both, other, other->kinds[there++]) < 0;
    }
    if (failed || (both.cost > 2 * both.most && cut(&both, trouble) < 0)) {
        release(&both);
        return -1;
    }
    release(one);
    *one = both;
    return 0;
}

static int is_moment(const uint8_t *text)
{
    for (int at = 0; at < 4; at++)
        if (text[at] < '0' || text[at] > '9')
            return 0;
    return text[4] == '-' || text[4] == '/';
}

/* The same lines with other bytes for the digits that make a difference, or NULL when memory is used up. */
static uint8_t *marked(const Counter *all, const uint8_t *body, size_t size)
{
    uint8_t *copy = malloc(size + 1), *at;
    if (!copy)
        return NULL;
    memcpy(copy, body, size);
    for (size_t mark = 0; mark < all->marked; mark++) {
        size_t length = all->mark_sizes[mark];
        for (at = copy; (at = memmem(at, (size_t)(copy + size - at), all->marks[mark], length)); at += length)
            at[length - 1] |= 0x80;
    }
    return copy;
}

/* Counts all lines of a chunk; returns how many there are, or -1 when memory is used up. */
static Py_ssize_t count_lines(Counter *all, const uint8_t *body, size_t size, uint64_t chunk)
{
    uint8_t *keys = malloc(2 * (size + 8)), *copy = all->marked ? marked(all, body, size) : NULL;
    const uint8_t *keyed = copy ? copy : body;
    Line line = {.chunk = chunk}, before = line, minute = {.text = body, .chunk = chunk};
    int failed = !keys || (all->marked && !copy);
    size_t room = size + 8;
    size -= size && body[size - 1] == '\n';
    for (size_t begin = 0; begin <= size && !failed; line.number++) {
        const uint8_t *newline = begin < size ? memchr(body + begin, '\n', size - begin) : NULL;
        line.text = body + begin;
        line.size = newline ? (size_t)(newline - line.text) : size - begin;
        uint8_t *key = keys + (line.number & 1) * room;
        give_key(&all->kinds, &line, key, key_into(key, keyed + begin, line.size));
        failed = before.key && note(&all->kinds, all->trouble, &before) < 0;
        before = line;
        if (all->end && line.size >= all->end && is_moment(line.text + all->start)) {
            give_key(&all->minutes, &minute, line.text + all->start, all->end - all->start);
            failed |= note(&all->minutes, all->trouble, &minute) < 0;
        }
        begin += line.size + 1;
    }
    failed = failed || (before.key && note(&all->kinds, all->trouble, &before) < 0);
    free(keys);
    free(copy);
    return failed ? -1 : (Py_ssize_t)line.number;
}

/* Groups: kinds that differ only in words that few of them hold. */

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

static int by_number(const void *first, const void *second)
{
    const Ranked *one = first, *other = second;
    return one->number < other->number ? -1 : one->number > other->number;
}

/* The kinds to look at in the order in which they were met; NULL when memory is used up. */
static Ranked *chosen(Counter *all, size_t *most)
{
    Table *kinds = &all->kinds;
    if (cut(kinds, all->trouble) < 0 || cut(&all->minutes, all->trouble) < 0)
        return NULL;
    if (kinds->used <= *most) {
        *most = kinds->used;
        return ranked_of(kinds);
    }
    rank_all(kinds, all->trouble);
    Ranked *ranked = ranked_of(kinds);
    if (!ranked)
        return NULL;
    if (put_in_order(ranked, kinds->used) < 0 || take_turns(ranked, kinds->used, all->trouble) < 0
        || take_first(ranked, kinds->used, *most) < 0) {
        free(ranked);
        return NULL;
    }
    qsort(ranked, *most, sizeof *ranked, by_number);
    return ranked;
}

static PyObject *told(const Table *all, const Kind *kind)
{
    const char *text = (char *)all->store + kind->text;
    return Py_BuildValue("y#K(KI)(KI)y#", text, (Py_ssize_t)kind->size, (unsigned long long)kind->count,
                         (unsigned long long)kind->first_chunk, kind->first, (unsigned long long)kind->last_chunk,
                         kind->last, text + kind->size, (Py_ssize_t)kind->shown);
}

static PyObject *told_kinds(const Table *all, const Ranked *ranked, size_t most)
{
    PyObject *list = PyList_New((Py_ssize_t)most);
    for (size_t at = 0; list && at < most; at++) {
        PyObject *kind = told(all, &all->kinds[ranked[at].number]);
        if (!kind || PyList_SetItem(list, (Py_ssize_t)at, kind) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *told_minutes(const Table *all)
{
    PyObject *minutes = PyDict_New();
    for (const Kind *kind = all->kinds; minutes && kind < all->kinds + all->used; kind++) {
        PyObject *text = PyBytes_FromStringAndSize((char *)all->store + kind->text, (Py_ssize_t)kind->size);
        PyObject *count = PyLong_FromUnsignedLongLong(kind->count);
        int failed = !text || !count || PyDict_SetItem(minutes, text, count) < 0;
        Py_XDECREF(text);
        Py_XDECREF(count);
        if (failed)
            Py_CLEAR(minutes);
    }
    return minutes;
}

static void free_counter(PyObject *capsule)
{
    Counter *all = PyCapsule_GetPointer(capsule, COUNTER);
    if (!all)
        return;
    release(&all->kinds);
    release(&all->minutes);
    free(all->trouble);
    free(all);
}

/* The counter in a capsule; NULL with an exception when it is none, or another thread counts with it. */
static Counter *idle(PyObject *capsule)
{
    Counter *all = PyCapsule_GetPointer(capsule, COUNTER);
    if (all && all->busy) {
        PyErr_SetString(PyExc_ValueError, "another thread counts with this");
        return NULL;
    }
    return all;
}

static int take_marks(Counter *all, PyObject *marks)
{
    Py_ssize_t count = PyList_Size(marks), length;
    char *text;
    if (count > MOST_MARKS)
        return -1;
    for (; all->marked < (size_t)count; all->marked++) {
        if (PyBytes_AsStringAndSize(PyList_GetItem(marks, (Py_ssize_t)all->marked), &text, &length) < 0)
            return -1;
        if (length < 1 || length > MOST_MARK_BYTES)
            return -1;
        memcpy(all->marks[all->marked], text, (size_t)length);
        all->mark_sizes[all->marked] = (size_t)length;
    }
    return 0;
}

PyDoc_STRVAR(counter_doc,
             "counter(start, end, marks, trouble, most, most_minutes)\n--\n\n"
             "What counts the kinds of lines of one file.\n\n"
             "Args:\n"
             "    start: First byte of the moment within a line.\n"
             "    end: The byte after it; 0 when lines have no such place.\n"
             "    marks: Bytes that end in a digit that makes another kind of a line, as a list.\n"
             "    trouble: What `literals` made of words of trouble in lower case.\n"
             "    most: What the kinds that are kept may cost: 100 each, and the bytes of their keys.\n"
             "    most_minutes: The same for moments.\n\n"
             "Raises:\n"
             "    ValueError: Something is not as stated.\n");

static PyObject *counter(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *marks, *trouble;
    Py_ssize_t start, end, most, most_minutes;
    if (!PyArg_ParseTuple(arguments, "nnO!Onn", &start, &end, &PyList_Type, &marks, &trouble, &most, &most_minutes))
        return NULL;
    const Literals *words = PyCapsule_GetPointer(trouble, NAME);
    if (!words)
        return NULL;
    Counter *all = calloc(1, sizeof *all);
    PyObject *capsule = all ? PyCapsule_New(all, COUNTER, free_counter) : PyErr_NoMemory();
    if (!capsule) {
        free(all);
        return NULL;
    }
    all->trouble = trouble_of(words);
    all->start = (size_t)start;
    all->end = (size_t)end;
    all->kinds.most = (size_t)most;
    all->minutes.most = (size_t)most_minutes;
    all->kinds.bar = all->minutes.bar = UNRANKED;
    if (!all->trouble || start < 0 || (end && end - start < 5) || end < 0 || most < LEAST_COST || most_minutes < LEAST_COST
        || take_marks(all, marks) < 0) {
        Py_DECREF(capsule);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "no room for a moment or a kind, or too many or too long marks or words");
        return NULL;
    }
    return capsule;
}

PyDoc_STRVAR(count_doc,
             "count(counter, chunk, offset)\n--\n\n"
             "Count the lines of the next chunk of a file.\n\n"
             "Args:\n"
             "    counter: What `counter` made.\n"
             "    chunk: Lines; the last one may lack its newline.\n"
             "    offset: Where the chunk begins in the file, behind all that were counted before.\n\n"
             "Returns:\n"
             "    How many lines there are, and how many kinds are known now.\n\n"
             "Raises:\n"
             "    ValueError: The chunk is no later one, or another thread counts with this.\n");

static PyObject *count(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *capsule, *result = NULL;
    Py_buffer body;
    Py_ssize_t offset;
    if (!PyArg_ParseTuple(arguments, "Oy*n", &capsule, &body, &offset))
        return NULL;
    Counter *all = idle(capsule);
    if (all && (offset < all->next || body.len >= UINT32_MAX)) {
        PyErr_SetString(PyExc_ValueError, "chunks must be counted in order, and be shorter than 4 GB");
    } else if (all) {
        Py_ssize_t lines;
        all->busy = 1;
        all->next = offset < PY_SSIZE_T_MAX ? offset + 1 : offset;
        Py_BEGIN_ALLOW_THREADS
        lines = count_lines(all, body.buf, (size_t)body.len, (uint64_t)offset);
        Py_END_ALLOW_THREADS
        all->busy = 0;
        result = lines < 0 ? PyErr_NoMemory() : Py_BuildValue("nn", lines, (Py_ssize_t)all->kinds.used);
    }
    PyBuffer_Release(&body);
    return result;
}

PyDoc_STRVAR(merge_doc,
             "merge(counter, other)\n--\n\n"
             "Take in what another counter has counted of the same file; which of them takes in which makes no difference.\n\n"
             "Args:\n"
             "    counter: What `counter` made.\n"
             "    other: Another one with the same arguments, that has counted other chunks.\n\n"
             "Raises:\n"
             "    ValueError: They were made otherwise, are one, or another thread counts with one of them.\n");

static int alike(const Counter *one, const Counter *other)
{
    return one != other && one->start == other->start && one->end == other->end && one->marked == other->marked
           && one->kinds.most == other->kinds.most && one->minutes.most == other->minutes.most
           && !memcmp(one->mark_sizes, other->mark_sizes, sizeof one->mark_sizes)
           && !memcmp(one->marks, other->marks, sizeof one->marks);
}

static PyObject *merge(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *into, *from;
    if (!PyArg_ParseTuple(arguments, "OO", &into, &from))
        return NULL;
    Counter *one = idle(into), *other = one ? idle(from) : NULL;
    if (!other)
        return NULL;
    if (!alike(one, other)) {
        PyErr_SetString(PyExc_ValueError, "counters of one file are merged, that were made with the same arguments");
        return NULL;
    }
    if (join(&one->kinds, &other->kinds, one->trouble) < 0 || join(&one->minutes, &other->minutes, one->trouble) < 0)
        return PyErr_NoMemory();
    if (one->next < other->next)
        one->next = other->next;
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(kept_doc,
             "kept(counter, most)\n--\n\n"
             "What was counted.\n\n"
             "Args:\n"
             "    counter: What `counter` made.\n"
             "    most: Kinds to hand over, those to look at first before all others.\n\n"
             "Returns:\n"
             "    Of each such kind key, count, where it stands first and last, and its first line, in the order of\n"
             "    first lines; lines by the text of their moment; lines of kinds that were not kept; kinds that were.\n\n"
             "Raises:\n"
             "    ValueError: Another thread counts with this.\n");

static PyObject *kept(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *capsule, *kinds = NULL, *minutes = NULL, *result = NULL;
    Py_ssize_t wanted;
    if (!PyArg_ParseTuple(arguments, "On", &capsule, &wanted))
        return NULL;
    Counter *all = idle(capsule);
    if (!all)
        return NULL;
    size_t most = wanted < 0 ? 0 : (size_t)wanted;
    Ranked *ranked;
    all->busy = 1;
    Py_BEGIN_ALLOW_THREADS
    ranked = chosen(all, &most);
    Py_END_ALLOW_THREADS
    all->busy = 0;
    if (!ranked)
        return PyErr_NoMemory();
    if ((kinds = told_kinds(&all->kinds, ranked, most)) && (minutes = told_minutes(&all->minutes)))
        result = Py_BuildValue("OOKn", kinds, minutes, (unsigned long long)all->kinds.dropped,
                               (Py_ssize_t)all->kinds.used);
    Py_XDECREF(kinds);
    Py_XDECREF(minutes);
    free(ranked);
    return result;
}
