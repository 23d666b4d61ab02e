#ifndef CICAL_SHIM_H
#define CICAL_SHIM_H

#include <libical/ical.h>
#include <stdint.h>

/* Errors are returned, not fatal; a property that libical does not know (CONFERENCE, RFC 7986) is kept as it is. */
static inline void cical_setup(void) {
    icalerror_set_errors_are_fatal(0);
    ical_set_unknown_token_handling_setting(ICAL_ASSUME_IANA_TOKEN);
}

/* Seconds east of UTC in `zone` at `utc`, civil seconds since 1970 given as its fields. */
static inline int cical_offset(icaltimezone *zone, int year, int month, int day, int hour, int minute, int second) {
    struct icaltimetype time = icaltime_null_time();
    int is_daylight = 0;
    time.year = year;
    time.month = month;
    time.day = day;
    time.hour = hour;
    time.minute = minute;
    time.second = second;
    return icaltimezone_get_utc_offset_of_utc_time(zone, &time, &is_daylight);
}

static inline int cical_is_utc(struct icaltimetype time) {
    return icaltime_is_utc(time);
}

/* The TZID parameter of a property, or NULL; owned by the property. */
static inline const char *cical_tzid(icalproperty *property) {
    icalparameter *parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
    return parameter ? icalparameter_get_tzid(parameter) : 0;
}

static inline int cical_is_this_and_future(icalproperty *property) {
    icalparameter *parameter = icalproperty_get_first_parameter(property, ICAL_RANGE_PARAMETER);
    return parameter && icalparameter_get_range(parameter) == ICAL_RANGE_THISANDFUTURE;
}

/* The unescaped value of a property of text, NULL for other kinds; owned by the property. */
static inline const char *cical_text(icalproperty *property) {
    icalvalue *value = icalproperty_get_value(property);
    if (!value) return 0;
    switch (icalvalue_isa(value)) {
    case ICAL_TEXT_VALUE: return icalvalue_get_text(value);
    case ICAL_X_VALUE: return icalvalue_get_x(value);
    case ICAL_URI_VALUE: return icalvalue_get_uri(value);
    case ICAL_CALADDRESS_VALUE: return icalvalue_get_caladdress(value);
    default: return 0;
    }
}

/* Iterates through a rule without UNTIL, near `from` where that is possible; NULL for a rule without dates. */
static inline icalrecur_iterator *cical_iterator(
    struct icalrecurrencetype *rule, struct icaltimetype start, struct icaltimetype from, int may_skip) {
    icalrecur_iterator *iterator;
    rule->until = icaltime_null_time();
    iterator = icalrecur_iterator_new(*rule, start);
    if (iterator && may_skip && icaltime_compare(from, start) > 0 && !icalrecur_iterator_set_start(iterator, from)) {
        icalrecur_iterator_free(iterator);
        iterator = icalrecur_iterator_new(*rule, start);
    }
    return iterator;
}

/* 1 if some BYMONTHDAY exists in some BYMONTH: libical looks for the others until the year 2582. */
static inline int cical_has_dates(const struct icalrecurrencetype *rule) {
    static const short longest[13] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int m, d;
    if (rule->by_month[0] == ICAL_RECURRENCE_ARRAY_MAX || rule->by_month_day[0] == ICAL_RECURRENCE_ARRAY_MAX) return 1;
    for (m = 0; m < ICAL_BY_MONTH_SIZE && rule->by_month[m] != ICAL_RECURRENCE_ARRAY_MAX; m++) {
        for (d = 0; d < ICAL_BY_MONTHDAY_SIZE && rule->by_month_day[d] != ICAL_RECURRENCE_ARRAY_MAX; d++) {
            short month = rule->by_month[m], day = rule->by_month_day[d];
            if (month >= 1 && month <= 12 && (day < 0 ? -day : day) <= longest[month]) return 1;
        }
    }
    return 0;
}

/* 1 if the rule picks days of the year, so that hours between them would be walked through one by one. */
static inline int cical_picks_dates(const struct icalrecurrencetype *rule) {
    return rule->by_month[0] != ICAL_RECURRENCE_ARRAY_MAX || rule->by_month_day[0] != ICAL_RECURRENCE_ARRAY_MAX
        || rule->by_year_day[0] != ICAL_RECURRENCE_ARRAY_MAX || rule->by_week_no[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

#endif
