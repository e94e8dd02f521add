"""Paging: the rows of a table on each page of paper."""


def pages(weights, room, full, used=0):
    """Distribute rows over pages.

    :param weights: lines of each row
    :param int room: lines for rows on the first page
    :param int full: lines for rows on each later page
    :param int used: lines already used on the first page
    :return: for each page the numbers of its rows; the first one may have none
    """
    result, here, left = [], [], room - used
    for number, weight in enumerate(weights):
        if weight > left and (here or not result):
            result.append(here)
            here, left = [], full
        here.append(number)
        left -= weight
    result.append(here)
    return result
