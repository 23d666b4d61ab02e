// Pango and Cairo: text layout and vector drawing. Wrappers stand where GObject casts and ownership are awkward.
#ifndef CPANGO_SHIM_H
#define CPANGO_SHIM_H

#include <pango/pangocairo.h>

/// A Pango context with a font map of its own, so that it shares nothing with other threads.
/// Release with cpango_context_free. `language` (BCP 47) chooses between regional forms of Han characters; may be NULL.
static inline PangoContext *cpango_context_new(const char *language) {
    PangoFontMap *map = pango_cairo_font_map_new();
    PangoContext *context = pango_font_map_create_context(map);
    g_object_unref(map);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    if (language) pango_context_set_language(context, pango_language_from_string(language));
    return context;
}

static inline void cpango_context_free(PangoContext *context) {
    g_object_unref(context);
}

/// One paragraph or several lines of text in a sans-serif family with every script that the fonts of the system have.
/// Release with cpango_layout_free.
/// - size: of the font, in picture elements.
/// - width: at most, in picture elements; longer text is wrapped up to `lines` and then ellipsised.
static inline PangoLayout *cpango_layout_new(
    PangoContext *context, const char *utf8, int length, double size, int weight, int width, int lines) {
    PangoLayout *layout = pango_layout_new(context);
    PangoFontDescription *font = pango_font_description_from_string("Noto Sans, DejaVu Sans, Sans");
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, (PangoWeight)weight);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, utf8, length);
    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    if (lines <= 1) {
        pango_layout_set_single_paragraph_mode(layout, TRUE);
    } else {
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_height(layout, -lines);
    }
    return layout;
}

/// Drops characters for which no font has a glyph (emoji, where no such font is installed), unless nothing would be
/// left.
static inline void cpango_layout_drop_unknown(PangoLayout *layout) {
    if (pango_layout_get_unknown_glyphs_count(layout) == 0) return;
    GString *kept = g_string_new(NULL);
    const char *text = pango_layout_get_text(layout);
    for (const char *character = text; *character; character = g_utf8_next_char(character)) {
        gunichar code = g_utf8_get_char(character);
        gboolean unknown = FALSE;
        PangoLayoutIter *iterator = pango_layout_get_iter(layout);
        do {
            PangoLayoutRun *run = pango_layout_iter_get_run_readonly(iterator);
            for (int index = 0; run && !unknown && index < run->glyphs->num_glyphs; index++) {
                PangoGlyph glyph = run->glyphs->glyphs[index].glyph;
                unknown = (glyph & PANGO_GLYPH_UNKNOWN_FLAG) && (glyph & ~PANGO_GLYPH_UNKNOWN_FLAG) == code;
            }
        } while (!unknown && pango_layout_iter_next_run(iterator));
        pango_layout_iter_free(iterator);
        if (!unknown) g_string_append_unichar(kept, code);
    }
    g_strchomp(kept->str);
    if (*kept->str) pango_layout_set_text(layout, kept->str, -1);
    g_string_free(kept, TRUE);
}

static inline void cpango_layout_free(PangoLayout *layout) {
    g_object_unref(layout);
}

#endif
