"""Which rows of a table stand on which page of paper."""


def pages(weights, room, full, used=0):
    """Deal rows onto pages.

    :param weights: lines that each row takes
    :param int room: lines for rows on the first page
    :param int full: lines for rows on each later page
    :param int used: lines of the first page that are taken already
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
