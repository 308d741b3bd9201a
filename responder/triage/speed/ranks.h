/* The rank of a kind: those that hold words of trouble come first, then those with the lowest checksum. Twin: scan.py. */

#define QUIET ((uint64_t)1 << 32) /* above every checksum */
#define SLACK 8 /* bytes behind what is stored that may be read with it, eight at a time */

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

/* Words of trouble as an automaton that stays where it is once it has met one. */
typedef struct {
    size_t longest; /* bytes of a word */
    uint8_t met[256];
    uint8_t next[][256];
} Trouble;

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
