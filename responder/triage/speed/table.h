/* The kinds of lines of one file, and the order in which they are kept. Twin: scan.py.
 *
 * What is kept costs no more than was allowed, whatever the lines look like: those that hold words of trouble come
 * first, then those with the lowest checksum, which are the same however the file was cut into chunks. */

#define UNRANKED UINT64_MAX
#define KEY_BYTES 400             /* lines are told apart by so many bytes of their key */
#define KIND_COST 100             /* what a kind costs beside the bytes of its key */
#define LEAST_COST (KEY_BYTES + KIND_COST)
#define MOST_SHOWN 2000

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
